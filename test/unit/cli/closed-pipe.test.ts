import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

test('a reader that closes the pipe early, such as head, ends a command without a word', () => {
  const script = '{ "$0" "$1" crds --rbac; echo "code $?" >&2; } | head -c 10';
  const { stderr, stdout } = spawnSync('sh', ['-c', script, process.execPath, main], { encoding: 'utf8' });
  assert.equal(stdout.length, 10);
  assert.equal(stderr, 'code 0\n');
});
