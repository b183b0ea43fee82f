#!/usr/bin/env node
'use strict';

const { run } = require('./run.cjs');

run();
