import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, dirname } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { run, type RunResult } from '../controlplane/run.ts';
import { writeKubeconfig } from '../controlplane/kubeconfig.ts';
import { temporaryFolder } from '../unit/kube/support/folder.ts';

const bin = fileURLToPath(new URL('../../bin/external-issuer', import.meta.url));
const PATH = `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`;

async function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<RunResult> {
  return await run(bin, args, { env: { PATH, ...env }, timeoutMs: 20_000 });
}

const flags = [
  'metrics-bind-address',
  'health-probe-bind-address',
  'leader-elect',
  'leader-election-namespace',
  'status-bind-address',
  'cluster-resource-namespace',
  'allowed-reference-namespaces',
  'signers',
  'max-concurrent-reconciles',
  'kubeconfig',
  'context',
  'log-level',
];

describe('bin/external-issuer', () => {
  const commands: readonly (readonly [string, RegExp])[] = [
    ['controller', new RegExp(flags.map((flag) => `^  --${flag} [^]*`).join(''), 'm')],
    ['mockca', /^ {2}--ca-dir /m],
    ['sign', /^ {2}--csr /m],
    ['crds', /CustomResourceDefinitions|CRDs/],
  ];
  for (const [command, contents] of commands) {
    test(`${command} --help says how to call it, and --version what it is`, async () => {
      const [help, helpCommand, version] = await Promise.all([
        cli([command, '--help']),
        cli(['help', command]),
        cli([command, '--version']),
      ]);
      assert.match(help.stdout, new RegExp(`^Usage: external-issuer ${command} `));
      assert.match(help.stdout, contents);
      assert.equal(helpCommand.stdout, help.stdout);
      assert.equal(version.stdout, `${packageJson.version}\n`);
      for (const { code, stderr } of [help, helpCommand, version]) assert.deepEqual([code, stderr], [0, '']);
    });
  }
});

describe('the controller is told wrongly', () => {
  const wrong: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>, RegExp])[] = [
    ['an unknown flag', ['--log-levl=debug'], {}, /unknown option '--log-levl=debug'/],
    ['an argument', ['now'], {}, /too many arguments for 'controller'.*: now/],
    ['a flag without its value', ['--kubeconfig'], {}, /'--kubeconfig <file>' argument missing/],
    ['an unknown log level', ['--log-level=loud'], {}, /--log-level.*loud.*debug, info, warn, error/],
    [
      'an address without a port',
      ['--metrics-bind-address=localhost'],
      {},
      /--metrics-bind-address: "localhost" is not an address; write :8080/,
    ],
    ['a port that is none', ['--health-probe-bind-address=:70000'], {}, /--health-probe-bind-address: ":70000" is not/],
    [
      'no workers',
      ['--max-concurrent-reconciles=0'],
      {},
      /--max-concurrent-reconciles: "0" is not a whole number from 1 to 1000/,
    ],
    ['an unknown signer', ['--signers=mockca,pky'], {}, /--signers: "pky" is not a signer; there are .*mockca/],
    ['no signer', ['--signers='], {}, /--signers: names no signer/],
    ['neither yes nor no', ['--leader-elect=maybe'], {}, /--leader-elect .*maybe.*Write true or false/],
    [
      'the same by a variable',
      [],
      { EXTERNAL_ISSUER_LEADER_ELECT: 'maybe' },
      /EXTERNAL_ISSUER_LEADER_ELECT: "maybe" is neither true nor false/,
    ],
    ['a level by a variable', [], { EXTERNAL_ISSUER_LOG_LEVEL: 'loud' }, /EXTERNAL_ISSUER_LOG_LEVEL: "loud" is none of debug/],
    [
      'an address by a variable',
      [],
      { EXTERNAL_ISSUER_METRICS_BIND_ADDRESS: '80' },
      /EXTERNAL_ISSUER_METRICS_BIND_ADDRESS: "80" is not/,
    ],
  ];
  for (const [what, args, env, message] of wrong) {
    test(`${what}: it says what is wrong, and exits 2`, async () => {
      const { code, stdout, stderr } = await cli(['controller', ...args], env);
      assert.match(stderr, message);
      assert.match(stderr, /^error: /);
      assert.doesNotMatch(stderr, / {4}at /, 'no stack');
      assert.deepEqual([code, stdout], [2, '']);
    });
  }
});

describe('the controller cannot start', () => {
  test('without the kubeconfig it was given: it names the file, and exits 1', async () => {
    const { code, stderr } = await cli(['controller', '--kubeconfig=/no/such/file']);
    assert.deepEqual([code, stderr], [1, 'error: --kubeconfig: there is no file /no/such/file\n']);
  });

  test('without any: it says where it looked, and exits 1', async (t) => {
    const { code, stderr } = await cli(['controller'], { HOME: temporaryFolder(t).path });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: no way to a Kubernetes API server\. .*--kubeconfig.*KUBECONFIG.*service account.*\.kube\/config/,
    );
    assert.match(stderr, /Give --kubeconfig FILE\.\n$/);
  });

  test('where its address is taken: its log ends with why, and it exits 1', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    const folder = temporaryFolder(t);
    const kubeconfig = `${folder.path}/kubeconfig`;
    await writeKubeconfig(kubeconfig, { server: 'https://127.0.0.1:9' }, { token: 'secret-token' });
    const args = ['--metrics-bind-address=127.0.0.1:0', `--health-probe-bind-address=127.0.0.1:${port}`];
    const { code, stderr } = await cli(['controller', `--kubeconfig=${kubeconfig}`, ...args]);
    assert.equal(code, 1);
    const lines = stderr.trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    const fatal = events.find(({ level }) => level === 'fatal');
    assert.match(String(fatal?.['error']), /^--health-probe-bind-address: .*EADDRINUSE.*; choose another address$/);
    assert.doesNotMatch(stderr, /secret-token| {4}at /);
  });
});
