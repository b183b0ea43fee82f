#!/usr/bin/env node
import { runProcess } from './app.ts';

await runProcess();
