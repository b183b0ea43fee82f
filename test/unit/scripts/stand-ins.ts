import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../support/markdown.ts';

/** What a program says where its command line (with its name in front) matches. The first that matches counts; else nothing, and 0. */
export interface Answer {
  readonly when: RegExp;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly status?: number;
}

/** How a script ended, and the command lines that it ran of programs that are stood in for. */
export interface ScriptRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: readonly string[];
}

const program = `#!/usr/bin/env bash
line="\${0##*/} $*"
printf '%s\\n' "$line" >> "$RECORD"
while IFS=$'\\t' read -r pattern status stdout stderr; do
  if [[ $line =~ $pattern ]]; then
    base64 -d <<< "$stdout"
    base64 -d <<< "$stderr" >&2
    exit "$status"
  fi
done < "$ANSWERS"
`;

/** Stand-ins for programs that scripts call, beside a copy of the script, so that nothing of the machine is changed. */
export function standIns(names: readonly string[]): {
  run(script: string, args: readonly string[], answers?: readonly Answer[]): ScriptRun;
  remove(): void;
} {
  const folder = mkdtempSync(join(tmpdir(), 'stand-ins-'));
  const at = (...parts: readonly string[]): string => join(folder, ...parts);
  for (const name of ['path', 'scripts', 'bin']) mkdirSync(at(name));
  for (const name of ['charts', 'examples']) symlinkSync(fileURLToPath(new URL(name, projectRoot)), at(name));
  for (const name of [...names.map((each) => at('path', each)), at('bin', 'external-issuer')]) {
    writeFileSync(name, program);
    chmodSync(name, 0o755);
  }
  // Of the machine, no more than a shell needs: what is not stood in for is not there.
  for (const name of ['bash', 'env', 'sed', 'grep', 'base64', 'cat', 'mktemp', 'rm', 'dirname', 'openssl']) {
    const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    symlinkSync(stdout.trim(), at('path', name));
  }
  return {
    run(script, args, answers = []) {
      copyFileSync(new URL(`scripts/${script}`, projectRoot), at('scripts', script));
      const encoded = (text = ''): string => Buffer.from(text).toString('base64') || 'Cg==';
      const lines = answers.map(({ when, status = 0, stdout, stderr }) =>
        [when.source, status, encoded(stdout), encoded(stderr)].join('\t'),
      );
      writeFileSync(at('answers'), lines.map((line) => `${line}\n`).join(''));
      writeFileSync(at('record'), '');
      const env = { PATH: at('path'), HOME: folder, RECORD: at('record'), ANSWERS: at('answers') };
      const { status, stdout, stderr } = spawnSync('bash', [at('scripts', script), ...args], { env, encoding: 'utf8' });
      const calls = readFileSync(at('record'), 'utf8').split('\n').slice(0, -1);
      assert.doesNotMatch(stderr, /unbound variable|syntax error|command not found/);
      return { status, stdout, stderr, calls };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
