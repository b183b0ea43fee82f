import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { Command } from 'commander';
import { addCrdsCommand } from '../../../src/cli/crds.ts';
import { systemClock } from '../../../src/lib/clock.ts';

/** What `crds` with these options writes to standard output. */
async function outputOf(...options: readonly string[]): Promise<string> {
  const written: string[] = [];
  const program = new Command().exitOverride();
  addCrdsCommand(program, {
    env: {},
    stdin: (async function* nothing() {})(),
    stdout: { write: (text) => written.push(text) },
    stderr: { write: () => undefined },
    signal: AbortSignal.timeout(10_000),
    clock: systemClock,
    random: () => 0,
    version: '0',
    invocation: 'external-issuer',
    nodeVersion: 'v0',
    setExitCode: (code) => assert.equal(code, 0),
  });
  await program.parseAsync(['crds', ...options], { from: 'user' });
  return written.join('');
}

/** A generated file without its first line, which says that it is generated. */
async function shipped(name: string): Promise<string> {
  const text = await readFile(new URL(`../../../deploy/${name}.yaml`, import.meta.url), 'utf8');
  return text.slice(text.indexOf('\n') + 1);
}

describe('external-issuer crds', () => {
  test('prints the CRDs that are shipped', async () => assert.equal(await outputOf(), await shipped('crds')));

  test('prints the RBAC that is shipped after them, on request', async () => {
    assert.equal(await outputOf('--rbac'), `${await shipped('crds')}---\n${await shipped('rbac')}`);
  });

  test('puts the refs of cluster issuers where the controller is, unless told otherwise', async () => {
    const role = /kind: Role\nmetadata:\n {2}name: external-issuer-refs\n {2}namespace: (\S+)/;
    assert.equal(role.exec(await outputOf('--rbac', '--namespace=pki'))?.[1], 'pki');
    assert.equal(role.exec(await outputOf('--rbac', '--namespace=pki', '--cluster-resource-namespace=keys'))?.[1], 'keys');
  });

  test('binds the right to approve to the cert-manager it is told of', async () => {
    const text = await outputOf('--rbac', '--cert-manager-namespace=certs', '--cert-manager-service-account=cm');
    assert.match(text, /name: cm\n {4}namespace: certs\n/);
  });

  test('prints the rights of one approver', async () => {
    const approvers = /name: (cert-manager-controller-approve:external-issuer-io|external-issuer-approver-role)$/gm;
    const named = async (...options: readonly string[]): Promise<readonly string[]> => [
      ...new Set([...(await outputOf('--rbac', ...options)).matchAll(approvers)].map(([, name = '']) => name)),
    ];
    assert.deepEqual(await named(), ['cert-manager-controller-approve:external-issuer-io']);
    assert.deepEqual(await named('--approver=built-in'), ['external-issuer-approver-role']);
    assert.deepEqual(await named('--approver=none'), []);
    await assert.rejects(named('--approver=both'), /Allowed choices are built-in, cert-manager, none/);
  });

  test('gives the rights that its options ask for', async () => {
    const text = await outputOf('--rbac', '--issuer-namespaces=a, b', '--service-account-tokens=a/login', '--metrics-secure');
    assert.match(text, /kind: RoleBinding\nmetadata:\n {2}name: external-issuer-refs\n {2}namespace: b\n/);
    assert.match(text, /resources: \[serviceaccounts\/token\]\n {4}resourceNames: \[login\]/);
    assert.match(text, /resources: \[tokenreviews\]/);
    const fewer = await outputOf('--rbac', '--request-kinds=CertificateRequest', '--no-aggregate-to-default-roles');
    assert.doesNotMatch(fewer.split('---\n').slice(2).join(), /certificatesigningrequests\/status|aggregate-to/);
    assert.match(
      await outputOf('--rbac', '--cluster-wide-references'),
      /kind: ClusterRoleBinding\nmetadata:\n {2}name: external-issuer-refs\n/,
    );
  });

  test('limits each process that there is by an admission policy, unless told otherwise', async () => {
    const limited = async (...options: readonly string[]): Promise<readonly string[]> => [
      ...new Set((await outputOf('--rbac', '--namespace=pki', ...options)).match(/'system:serviceaccount:[^']*'/g)),
    ];
    const [controller, approver] = ['controller', 'approver'].map(
      (name) => `'system:serviceaccount:pki:external-issuer-${name}'`,
    );
    assert.deepEqual(await limited(), [controller]);
    assert.deepEqual(await limited('--approver=built-in'), [controller, approver]);
    assert.deepEqual(await limited('--request-kinds=CertificateSigningRequest'), []);
    assert.doesNotMatch(await outputOf('--rbac', '--approver=built-in', '--no-admission-policy'), /ValidatingAdmission/);
  });

  const mistakes: readonly (readonly [string, RegExp])[] = [
    ['--request-kinds=Certificate', /"Certificate" is not a kind of request/],
    ['--service-account-tokens=login', /"login" is not NAMESPACE\/NAME/],
    ['--service-account-tokens=a/b/c', /"a\/b\/c" is not NAMESPACE\/NAME/],
  ];
  for (const [option, message] of mistakes) {
    test(`refuses ${option}`, async () => await assert.rejects(outputOf('--rbac', option), message));
  }

  test('refuses namespaces that say nothing', async () => {
    await assert.rejects(outputOf('--rbac', '--cluster-wide-references', '--issuer-namespaces=a'), /leave out one of the two/);
  });
});
