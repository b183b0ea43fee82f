import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { Command } from 'commander';
import { systemClock } from '../../../src/lib/clock.ts';
import type { CliDeps } from '../../../src/cli/deps.ts';
import { optionReader } from '../../../src/cli/option-reader.ts';
import { runProgram } from '../../../src/cli/program.ts';
import { makeCsr } from '../mockca/support/csrs.ts';

interface Run {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], stdin = '', deps: Partial<CliDeps> = {}): Promise<Run> {
  let [code, stdout, stderr]: [number | undefined, string, string] = [undefined, '', ''];
  await runProgram(args, {
    env: {},
    stdin: (async function* () {
      yield Buffer.from(stdin);
    })(),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    signal: new AbortController().signal,
    clock: systemClock,
    random: () => 0.5,
    version: '1.2.3',
    invocation: 'external-issuer',
    nodeVersion: 'v0',
    setExitCode: (value) => {
      code = value;
    },
    ...deps,
  });
  return { code, stdout, stderr };
}

describe('the command line', () => {
  test('--version prints the version', async () => {
    assert.deepEqual(await run(['--version']), { code: 0, stdout: '1.2.3\n', stderr: '' });
  });

  for (const args of [
    ['--help'],
    ['help'],
    ['help', 'sign'],
    ['controller', '--help'],
    ['mockca', '--help'],
    ['sign', '-h'],
    ['crds', '--help'],
    ['check', '--help'],
    ['revoke', '--help'],
    ['doctor', '--help'],
  ]) {
    test(`${args.join(' ')} prints help to standard output`, async () => {
      const { code, stdout, stderr } = await run(args);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^Usage: external-issuer/);
      assert.ok(stdout.split('\n').every((line) => line.length <= 128));
    });
  }

  const wrong: readonly [readonly string[], RegExp][] = [
    [[], /^Usage: external-issuer/],
    [['sing'], /unknown command 'sing'\n\(Did you mean sign\?\)/],
    [['--verbose'], /unknown option '--verbose'/],
    [['sign', '--csv', 'x'], /unknown option '--csv'\n\(Did you mean --csr\?\)/],
    [['sign', '--csr'], /option '--csr <file>' argument missing/],
    [['sign', '--csr=x', '--dry-run'], /^error: --dry-run: belongs to -f FILE/],
    [['sign', '--csr=x', '--issuer=pki'], /^error: --issuer: belongs to -f FILE/],
    [['sign', '--csr=x', '--allow-ca-addresses=::1'], /^error: --allow-ca-addresses: belongs to -f FILE/],
    [
      ['sign', '--csr=x', '-f', 'x', '--ca-dir=ca'],
      /^error: --ca-dir: keeps the CA for tests; with -f FILE the CA of the issuer signs/,
    ],
    [['sign', '-f', 'x'], /^error: --csr: give the file of the CSR/],
    [['check'], /^error: -f: give the file that has the issuer/],
    [['check', '-f', 'x', '--deny-ca-addresses=here'], /^error: --deny-ca-addresses: /],
    [['revoke', '-f', 'x'], /^error: --serial: give the serial number/],
    [['revoke', '--serial=1'], /^error: -f: give the file that has the issuer/],
    [['doctor', '--older-than=soon'], /^error: --older-than: "soon" is not a duration/],
    [['doctor', '--output=xml'], /Allowed choices are text, json/],
    [['mockca', 'extra'], /too many arguments/],
    [['mockca', '--fault-error-rate', '2'], /^error: --fault-error-rate: "2" is not a number from 0 to 1/],
  ];
  for (const [args, message] of wrong) {
    test(`"${args.join(' ')}" is called wrongly: exit code 2, and nothing on standard output`, async () => {
      const { code, stdout, stderr } = await run(args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, message);
    });
  }

  test('a failure exits 1 with one line; a bug shows where it is', async () => {
    const failed = await run(['sign', '--csr=-'], 'no CSR');
    assert.equal(failed.code, 1);
    assert.equal(failed.stderr.trim().split('\n').length, 1);
    const broken = { ...systemClock, now: (): number => assert.fail('a bug') };
    const bug = await run(['sign', '--csr=-'], makeCsr('/CN=a').pem, { clock: broken });
    assert.equal(bug.code, 1);
    assert.match(bug.stderr, /^error: a bug\n[^]* {4}at /);
  });

  test('a variable of the server that is wrong is named as the variable', async () => {
    const { code, stderr } = await run(['mockca'], '', { env: { MOCKCA_LOG_LEVEL: 'loud' } });
    assert.equal(code, 2);
    assert.match(stderr, /^error: MOCKCA_LOG_LEVEL: "loud" is none of/);
  });

  const loads: readonly [readonly string[], readonly string[]][] = [
    [['--help'], ['pino', 'zod', 'undici', '@peculiar', 'prom-client', 'yaml']],
    [
      ['sign', '--csr', '/dev/null'],
      ['pino', 'zod', 'undici', 'prom-client', 'yaml'],
    ],
  ];
  for (const [args, packages] of loads) {
    test(`${args[0]} is quick: it loads none of ${packages.join(', ')}`, () => {
      const program = JSON.stringify(new URL('../../../src/cli/program.ts', import.meta.url).href);
      const script = `
        import { registerHooks } from 'node:module';
        const loaded = [];
        registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
        const { runProgram } = await import(${program});
        const sink = { write() {} };
        await runProgram(${JSON.stringify(args)}, { env: {}, stdout: sink, stderr: sink, clock: {}, version: '1', setExitCode() {} });
        console.log(loaded.join('\\n'));`;
      const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
      assert.match(loaded, /node_modules\/commander\//);
      for (const name of packages) assert.ok(!loaded.includes(`/node_modules/${name}/`), `${name} is loaded`);
    });
  }
});

describe('options from the environment', () => {
  const read = (
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): ReturnType<ReturnType<typeof optionReader>> => {
    const command = new Command('x').option('--log-level <level>', '', 'info').option('--file <file>', '');
    command.parse(args, { from: 'user' });
    return optionReader(command, env, 'X_')('log-level');
  };

  test('an option that is given wins', () => {
    assert.deepEqual(read(['--log-level', 'info'], { X_LOG_LEVEL: 'debug' }), {
      value: 'info',
      from: '--log-level',
      given: true,
    });
  });

  test('then the variable, where it is not empty', () => {
    assert.deepEqual(read([], { X_LOG_LEVEL: 'debug' }), { value: 'debug', from: 'X_LOG_LEVEL', given: true });
    assert.deepEqual(read([], { X_LOG_LEVEL: '' }), { value: 'info', from: '--log-level', given: false });
  });

  test('then the default, or nothing', () => {
    assert.deepEqual(read([], {}), { value: 'info', from: '--log-level', given: false });
    const command = new Command('x').option('--file <file>', '');
    assert.deepEqual(optionReader(command, {}, 'X_')('file'), { value: '', from: '--file', given: false });
  });
});
