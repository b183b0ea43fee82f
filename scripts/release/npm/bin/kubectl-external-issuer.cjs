#!/usr/bin/env node
// kubectl calls this for "kubectl external-issuer": https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
'use strict';

const { run } = require('./run.cjs');

process.env.EXTERNAL_ISSUER_INVOCATION = 'kubectl external-issuer';
run();
