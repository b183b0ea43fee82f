import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { KubeConfigError } from '../../../src/kube/config/config-error.ts';
import { runExecPlugin } from '../../../src/kube/config/exec-run.ts';
import { createExecIdentity } from '../../../src/kube/config/exec.ts';
import type { ExecPlugin } from '../../../src/kube/config/schema.ts';
import { createFakeClock } from './support/fake-clock.ts';
import { temporaryFolder } from './support/folder.ts';

const apiVersion = 'client.authentication.k8s.io/v1';
const cluster = { server: 'https://10.0.0.1', 'certificate-authority-data': 'Q0E=', config: { audience: 'x' } };
const env = { PATH: process.env['PATH'] };

function answerOf(status: object, version = apiVersion): string {
  return JSON.stringify({ kind: 'ExecCredential', apiVersion: version, status });
}

/** A plugin that is a shell script beside the kubeconfig. */
async function pluginOf(t: TestContext, script: string, change: Partial<ExecPlugin> = {}) {
  const folder = temporaryFolder(t);
  await folder.write('plugin', `#!/bin/sh\n${script}\n`, true);
  const value: ExecPlugin = {
    apiVersion,
    command: './plugin',
    args: [],
    env: [],
    installHint: undefined,
    provideClusterInfo: false,
    ...change,
  };
  return { folder, plugin: { value, place: { file: join(folder.path, 'config'), path: 'users[2].user.exec' } } };
}

describe('a credential plugin', () => {
  test('gets its arguments, its environment and what is asked of it, and no input', async (t) => {
    const script = `cat >input; printf '%s|' "$@" "$REGION" "$KUBERNETES_EXEC_INFO" >seen; echo '${answerOf({ token: 't' })}'`;
    const args = ['get-token', '--cluster', 'a b'];
    const { plugin, folder } = await pluginOf(t, `cd "$(dirname "$0")"; ${script}`, {
      args,
      env: [{ name: 'REGION', value: 'eu' }],
    });
    const credential = await runExecPlugin(plugin, cluster, env);
    assert.equal(credential.token, 't');
    const info = { kind: 'ExecCredential', apiVersion, spec: { interactive: false } };
    assert.equal(await readFile(join(folder.path, 'seen'), 'utf8'), `get-token|--cluster|a b|eu|${JSON.stringify(info)}|`);
    assert.equal(await readFile(join(folder.path, 'input'), 'utf8'), '');
  });

  test('is told of the cluster where it asks for that', async (t) => {
    const script = `printf '%s' "$KUBERNETES_EXEC_INFO" >"$(dirname "$0")/seen"; echo '${answerOf({ token: 't' })}'`;
    const { plugin, folder } = await pluginOf(t, script, { provideClusterInfo: true });
    await runExecPlugin(plugin, cluster, env);
    const seen = JSON.parse(await readFile(join(folder.path, 'seen'), 'utf8')) as { spec: { cluster: unknown } };
    assert.deepEqual(seen.spec.cluster, cluster);
  });

  const failing: readonly (readonly [what: string, script: string, change: Partial<ExecPlugin>, message: RegExp])[] = [
    [
      'not there',
      '',
      { command: 'no-such-plugin', installHint: 'Get it with brew' },
      /not installed or not in the PATH\. Get it with brew/,
    ],
    [
      'not there by its path',
      '',
      { command: './none' },
      /users\[2\]\.user\.exec\.command: the credential plugin "\.\/none" is not inst/,
    ],
    ['failing', 'echo "log in\n first" >&2; exit 3', {}, /"\.\/plugin" failed with exit code 3; it said: log in first/],
    ['never ending', 'exec sleep 30', {}, /did not end within 0\.5 s/],
    ['talkative', 'head -c 2000000 /dev/zero', {}, /wrote more than 1048576 bytes/],
    ['no JSON', 'echo token', {}, /answer: ExecCredential: required, but missing/],
    ['without a status', `echo '{"apiVersion":"${apiVersion}"}'`, {}, /ExecCredential\.status: required/],
    [
      'of another version',
      `echo '${answerOf({ token: 't' }, 'client.authentication.k8s.io/v1beta1')}'`,
      {},
      /v1beta1, but the kubeconfig asks/,
    ],
    ['giving nothing', `echo '${answerOf({})}'`, {}, /neither a token nor a certificate/],
    ['giving half', `echo '${answerOf({ clientKeyData: 'k' })}'`, {}, /only one is there/],
    [
      'giving a wrong time',
      `echo '${answerOf({ token: 't', expirationTimestamp: 'soon' })}'`,
      {},
      /expirationTimestamp: must be an RFC 3339/,
    ],
  ];
  for (const [what, script, change, message] of failing) {
    test(`that is ${what} is refused with the reason`, async (t) => {
      const { plugin } = await pluginOf(t, script, change);
      await assert.rejects(
        runExecPlugin(plugin, cluster, env, 500),
        (error) => error instanceof KubeConfigError && error.code === 'NoCredentials' && message.test(error.message),
      );
    });
  }

  test('that wants a terminal is refused', async (t) => {
    const { plugin } = await pluginOf(t, '', { interactiveMode: 'Always' });
    const deps = { clock: createFakeClock(), env };
    assert.throws(() => createExecIdentity(plugin, cluster, deps), /users\[2\]\.user\.exec\.interactiveMode: Always cannot/);
  });
});

describe("a credential plugin's identity", () => {
  /** A plugin that counts its runs in the tokens it gives. */
  async function counting(t: TestContext, status: string, before = '') {
    const count = 'cd "$(dirname "$0")"; echo x >>runs; n=$(wc -l <runs | tr -d " ")';
    const { plugin } = await pluginOf(
      t,
      `${count}; ${before} printf '{"apiVersion":"${apiVersion}","status":{${status}}}' "$n"`,
    );
    const clock = createFakeClock();
    return { clock, identity: createExecIdentity(plugin, cluster, { clock, env }) };
  }

  test('shares one run between all who ask at once, and keeps what it gave', async (t) => {
    const { clock, identity } = await counting(t, '"token":"t%s"');
    const all = await Promise.all([identity.authorization(), identity.certificate(), identity.authorization()]);
    assert.deepEqual(all, ['Bearer t1', undefined, 'Bearer t1']);
    await clock.advance(24 * 3_600_000);
    assert.equal(await identity.authorization(), 'Bearer t1');
  });

  test('runs it again when the credential has expired', async (t) => {
    const expires = new Date(createFakeClock().now() + 60_000).toISOString();
    const { clock, identity } = await counting(t, `"token":"t%s","expirationTimestamp":"${expires}"`);
    assert.equal(await identity.authorization(), 'Bearer t1');
    await clock.advance(59_999);
    assert.equal(await identity.authorization(), 'Bearer t1');
    await clock.advance(1);
    assert.equal(await identity.authorization(), 'Bearer t2');
    assert.equal(
      await identity.authorization(),
      'Bearer t2',
      'an answer that has expired already does not run it at once again',
    );
  });

  test('runs it again after a refusal, but not for every one of many', async (t) => {
    const { clock, identity } = await counting(t, '"token":"t%s"');
    await identity.authorization();
    identity.refused();
    assert.equal(await identity.authorization(), 'Bearer t1', 'it ran a moment ago');
    await clock.advance(5000);
    assert.equal(await identity.authorization(), 'Bearer t2');
    assert.equal(await identity.authorization(), 'Bearer t2');
  });

  test('repeats a failure for a while and then tries again', async (t) => {
    const { clock, identity } = await counting(t, '"token":"t%s"', '[ "$n" != 1 ] || exit 1;');
    await assert.rejects(identity.authorization(), /exit code 1/);
    await assert.rejects(identity.certificate(), /exit code 1/);
    await clock.advance(5000);
    assert.equal(await identity.authorization(), 'Bearer t2');
  });

  test('may be a certificate', async (t) => {
    const { identity } = await counting(t, '"clientCertificateData":"cert%s","clientKeyData":"key"');
    assert.equal(await identity.authorization(), undefined);
    assert.deepEqual(await identity.certificate(), { cert: Buffer.from('cert1'), key: Buffer.from('key') });
  });

  test('never puts what cannot be a token into a header', async (t) => {
    const { identity } = await counting(t, '"token":"t%s\\\\u000aX-Evil: 1"');
    await assert.rejects(identity.authorization(), {
      message: /users\[2\]\.user\.exec: the token holds characters that a token cannot have$/,
    });
  });
});
