import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { buildControlPlane } from '../controlplane/build.ts';
import { readEnvironment } from '../controlplane/environment.ts';
import { run } from '../controlplane/run.ts';
import { type DemoProcess, startDemo } from './support/demo-process.ts';
import { eventually } from './support/eventually.ts';
import { onGivenCluster } from './support/suite.ts';

const environment = readEnvironment();
const skip =
  onGivenCluster('what the demo starts and ends there is not all it would start and end alone') ||
  (process.platform !== 'linux' && 'there is no /proc');

/** Runs a demo, and ends it whatever comes. `programs` are shell scripts that take the place of the machine's. */
async function withDemo(
  args: readonly string[],
  programs: Readonly<Record<string, string>>,
  use: (demo: DemoProcess) => Promise<void>,
): Promise<void> {
  await buildControlPlane(environment, process.stderr);
  const demo = await startDemo(args, programs);
  try {
    await use(demo);
  } catch (error) {
    throw new Error(`the demo said:\n${demo.stdout}\n${demo.stderr}`, { cause: error });
  } finally {
    await demo.dispose();
  }
}

/** The text as a whole is shown by {@link withDemo}. */
function assertSaid(text: string, pattern: RegExp): void {
  assert.ok(pattern.test(text), `${pattern} was not said`);
}

async function assertNothingRuns(demo: DemoProcess): Promise<void> {
  await eventually(
    'no process of the demo runs',
    async () => {
      const left = await demo.processes();
      return left.length === 0 || (await Promise.reject(new Error(left.join('\n'))));
    },
    5000,
  );
}

/** What a person is to find in the account, in this order. */
const account = [
  /✓ etcd, kube-apiserver, kube-controller-manager, cert-manager: https:\/\/127/,
  /✓ ExternalClusterIssuer pki-demo-company is Ready/,
  /✓ ExternalIssuer pki-demo-team\/team-pki is Ready/,
  /Certificate +pki-demo\/website +pki-demo\/gateway +pki-demo-team\/sensor\n/,
  /ready after( +\d+\.\d\d s){3}\n/,
  /key +RSA 2048 +ECDSA P-256 +Ed25519\n/,
  /names .*DNS:\*\.apps\.example\.com.*\n.*IP:192\.0\.2\.10/,
  /approved by( +cert-manager\.io){3}\n( +\(Approved=True\)){3}\n/,
  /signed by( +ExternalClusterIssuer){2} +ExternalIssuer\n( +pki-demo-company){2} +team-pki\n( +CN=Company Root CA,O=Demo){2} +CN=Team Issuing CA,O=Demo\n/,
  /chain .*\n( +↳ Company Root CA \(ca\.crt\)){2} +↳ Team Issuing CA\n +↳ Team Root CA \(ca\.crt\)\n/,
  /cert-manager-certificaterequests-approver[^]*external-issuer-controller\./,
  /✓ pki-demo\/website-tls: tls\.crt leads to ca\.crt, and tls\.key is its key/,
  /✓ pki-demo\/gateway-tls: /,
  /✓ pki-demo-team\/sensor-tls: /,
  /✓ pki-demo\/website is Ready again/,
  /old serial +([0-9a-f]{32})\n +new serial +(?!\1)[0-9a-f]{32}\n/,
  /All of it took \d+\.\d s\./,
  /Ended; nothing runs any more/,
];

describe('the demo', { skip }, () => {
  test('tells how three Certificates became Secrets, ends with 0 and leaves nothing behind', async (t) => {
    await withDemo([], {}, async (demo) => {
      assert.equal(await demo.ended, 0);
      let from = 0;
      for (const line of account) {
        const found = line.exec(demo.stdout.slice(from));
        assert.ok(found, `${line} is not there, or not in its place`);
        from += found.index;
      }
      assert.ok(!demo.stdout.includes('\u001B'), 'no colours where there is no terminal');
      assert.equal(demo.stderr, '');
      t.diagnostic(/All of it took .*/.exec(demo.stdout)?.[0] ?? '');
      await assertNothingRuns(demo);
      assert.deepEqual(await readdir(demo.temp), []);
    });
  });

  test('stays up with --keep, prints commands that work, and ends cleanly at Ctrl-C', async () => {
    // Where the machine has no kubectl that works, that of the control plane is offered.
    await withDemo(['--keep'], { kubectl: 'exit 1\n' }, async (demo) => {
      await demo.untilSaid('kubectl delete secret');
      const commands = demo.stdout.split('\n').filter((line) => /^(export|kubectl) /.test(line));
      assert.equal(commands.filter((line) => line.startsWith('kubectl ')).length, 3);
      const shell = await run('sh', ['-e'], { input: commands.join('\n'), env: demo.env });
      assert.equal(shell.code, 0, shell.stderr);
      assertSaid(shell.stdout, /certificate\.cert-manager\.io\/sensor +True[^]*X509v3 Subject Alternative Name[^]*deleted/);
      assert.equal((await demo.processes()).length, 6, 'itself, the four parts and the controller');

      demo.interrupt();
      assert.equal(await demo.ended, 0);
      assertSaid(demo.stdout, /Ended; nothing runs any more/);
      await assertNothingRuns(demo);
      assert.deepEqual(await readdir(demo.temp), []);
    });
  });

  const moments = ['1. Start', '✓ kubectl apply -f deploy/crds.yaml', '3. Three Certificates'];
  for (const moment of moments) {
    test(`ends everything at Ctrl-C after "${moment}"`, async () => {
      await withDemo([], {}, async (demo) => {
        await demo.untilSaid(moment);
        await eventually('the parts start', async () => (await demo.processes()).length > 2);
        demo.interrupt();
        assert.equal(await demo.ended, 130);
        assert.ok(!demo.stderr.includes('failed'), demo.stderr);
        await assertNothingRuns(demo);
        assert.deepEqual(await readdir(demo.temp), []);
      });
    });
  }

  test('names the step that failed, shows what the cluster and the logs say, and keeps the logs', async () => {
    const shim = '[ "$1" = verify ] && { echo "unable to verify" >&2; exit 2; }\nPATH="${PATH#*:}" exec openssl "$@"\n';
    await withDemo([], { openssl: shim }, async (demo) => {
      assert.equal(await demo.ended, 1);
      assertSaid(demo.stdout, /✗ pki-demo\/website-tls\n$/);
      assertSaid(demo.stderr, /The demo failed at "pki-demo\/website-tls"\.\n.*unable to verify\n/);
      assertSaid(demo.stderr, /certificaterequest\S+\/website-1 +True[^]*--- Last events\n(?:.*\n)*?.*CertificateRequest\//);
      const log = /The end of the controller’s log \(all of it: (.*)\)\n.*"msg":/.exec(demo.stderr)?.[1] ?? '';
      assert.ok(log.startsWith(demo.temp));
      assertSaid(await readFile(log, 'utf8'), /"request concluded"/);
      await assertNothingRuns(demo);
    });
  });
});
