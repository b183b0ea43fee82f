import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { ControllerProcess } from './support/controller-process.ts';
import { eventually } from './support/eventually.ts';
import { applyKeyVaultExample } from './support/key-vault-example.ts';
import { vaultFaults } from './support/key-vault-fault-cases.ts';
import { openKeyVaultLab, type KeyVaultLab } from './support/key-vault-lab.ts';
import { applyLogins, clusterLogins } from './support/key-vault-login-cases.ts';
import { applyCaSecret, applyIssuer, applySecret, eventsAbout, issuerRefOf, makeCa } from './support/objects.ts';
import { hasReason } from './support/requests.ts';
import { watchSuite, withoutAuditLog } from './support/suite.ts';
import { extensionText, leafOf, opensslText } from './support/tls-secret.ts';

const namespace = 'key-vault';
const one = (text: string): string => text.replaceAll('\n', ',');

describe('a CA whose key is in Azure Key Vault', () => {
  const suiteEnd = watchSuite();
  let lab: KeyVaultLab;
  let controller: ControllerProcess;
  before(async () => {
    lab = await openKeyVaultLab(namespace);
    ({ controller } = lab);
  });
  after(async () => await lab.close(suiteEnd()));

  /** No certificate was had by a request that failed. */
  function assertNeverFailed(name: string): void {
    assert.ok(!lab.readyHistory(name).some((ready) => ready?.reason === 'Failed'), name);
  }

  /** A request has its certificate without a wait that anybody sees. */
  async function assertIssuedAtOnce(name: string, issuer: string): Promise<void> {
    await lab.askApproved(name, issuerRefOf({ name: issuer }));
    await lab.until(name, 'Issued');
    assert.deepEqual(
      lab.readyHistory(name).map((ready) => ready?.reason),
      [undefined, 'Issued'],
    );
  }

  describe('that', { concurrency: true }, () => {
    test('the command line has made signs for leaf keys of any type, and so does one below it', async () => {
      const subject = ['--subject=CN=Example Root,O=Example', '--path-length=1'];
      await lab.ca('create', 'root', '--create-key', '--key-type=EC', '--curve=P-384', ...subject, '--store');
      const { stdout: rootPem } = await lab.ca('show', 'root', '--output=pem');
      const { tenantId, url: vaultUrl } = lab.double;
      const changes = { vaultUrl, keyName: 'root', name: 'root', tenantId };
      const issuer = await applyKeyVaultExample(lab.world, 'workload-identity.yaml', changes);
      await lab.issuers.untilChecked(issuer);
      const { ca, caCertificate } = lab.issuers.history(issuer).at(-1)?.status ?? {};
      const root = new X509Certificate(rootPem);
      assert.equal(caCertificate?.trim(), rootPem.trim());
      assert.equal(ca?.subject, 'CN=Example Root,O=Example');
      assert.equal(ca.serialNumber, root.serialNumber.toLowerCase());
      assert.equal(Date.parse(ca.notAfter), root.validToDate.getTime());
      assert.match(ca.keyId, new RegExp(`^${vaultUrl}/keys/root/[0-9a-f]{32}$`));

      const below = async (): Promise<void> => {
        const wish = ['--subject=CN=Example Issuing,O=Example', '--path-length=0', '--validity=1000h', '--parent-key=root'];
        await lab.ca('create', 'issuing', '--create-key', '--key-size=2048', ...wish, '--store');
        await lab.issuers.ready({ name: 'issuing' }, lab.spec({ keyName: 'issuing' }));
        const secret = await lab.certify({ name: 'issuing' }, 'issuing', rootPem);
        assert.match(opensslText(secret, '-text'), /Signature Algorithm: sha256WithRSAEncryption/);
        const issuers = secret.certificates.map((certificate) => one(certificate.issuer));
        assert.deepEqual(issuers, ['O=Example,CN=Example Issuing', 'O=Example,CN=Example Root']);
      };
      const leaf = async (algorithm: string): Promise<void> => {
        const name = `leaf-${algorithm.toLowerCase()}`;
        const spec = { privateKey: { algorithm }, ipAddresses: ['10.0.0.1', '2001:db8::1'] };
        const secret = await lab.certify(issuer, name, rootPem, spec);
        const sans = `DNS:${name}.example.com, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1`;
        assert.equal(extensionText(secret, 'subjectAltName')?.text, sans);
        assert.match(opensslText(secret, '-text'), /Signature Algorithm: ecdsa-with-SHA384/);
      };
      await Promise.all([below(), ...['RSA', 'ECDSA', 'Ed25519'].map(leaf)]);
    });

    test('is reached by each login that an issuer can bring itself, as the examples have it', async () => {
      const { double } = lab;
      const { pem } = await lab.makeCa('logins');
      const issuers = await applyLogins(lab, 'logins');
      await Promise.all(
        issuers.map(async ({ name, issuer }) => {
          await lab.issuers.untilChecked(issuer);
          await lab.certify(issuer, name, pem);
        }),
      );
      const calls = (await double.journal()).filter(({ name, status }) => name === 'logins' && status === 200);
      const signers = calls.filter(({ operation }) => operation === 'keys/sign').map(({ principal }) => principal);
      const seenAs = issuers.map(({ clientId }) => clientId);
      assert.deepEqual(new Set(signers), new Set(seenAs));
      // The root, and for each issuer a proof and a certificate. cert-manager at times asks for a certificate once more.
      assert.ok(signers.length >= 1 + 2 * issuers.length, signers.join());

      const issuer = { namespace: 'kv-account', name: 'audience' };
      const { clientId } = double.identities.workload;
      const serviceAccountRef = { name: 'key-vault-issuer', audience: 'api://AzureADTokenExchangeUSGov' };
      const auth = { tenantId: double.tenantId, clientId, serviceAccountRef };
      await applyIssuer(lab.admin, issuer, lab.spec({ keyName: 'logins', auth }));
      await lab.issuers.untilNotReady(issuer, /^CAAuthRefused: .*no federated credential.*AADSTS700212/);
    });

    test('serves no issuer of a namespace by the identity of the controller or its node', async () => {
      await lab.makeCa('ambient');
      for (const [name, auth, words] of [
        ['ambient', {}, /^ConfigError: keyVault\.auth\.type: .*serves cluster issuers only.*--issuer-ambient-credentials/],
        ['managed', { type: 'managedIdentity' }, /^ConfigError: keyVault\.auth\.type: .*serves cluster issuers only/],
      ] as const) {
        await applyIssuer(lab.admin, { namespace, name }, lab.spec({ keyName: 'ambient', auth }));
        await lab.issuers.untilNotReady({ namespace, name }, words);
      }
      assert.deepEqual(
        await lab.asked('ambient'),
        { 'keys/create': 1, 'keys/sign': 1, 'secrets/set': 1 },
        'none asked the vault',
      );
    });

    test('has a new version of its key goes on with the old one, until that has a certificate', async () => {
      const name = 'rotated';
      const oldPem = await lab.issuerOf(name);
      const keyId = (): string | undefined => lab.issuers.history({ name }).at(-1)?.status?.ca?.keyId;
      const oldKey = keyId();
      const { kid, version } = await lab.double.createKey(name, { kty: 'EC', curve: 'P-256' });
      /** A change of the spec that the signer does not see has the issuer checked at once. */
      const check = async (interval: string, ca?: string): Promise<void> => {
        const block = { keyName: name, ...(ca === undefined ? {} : { ca: { inline: ca } }) };
        await lab.issuers.ready({ name }, lab.spec(block, { healthCheck: { interval } }));
      };
      await check('31s');
      const told = await eventually('there is an event', async () =>
        (await eventsAbout(lab.admin, { name })).find(({ reason }) => reason === 'NewKeyVersion'),
      );
      assert.equal(told.type, 'Warning');
      assert.match(told.note ?? '', new RegExp(`external-issuer ca create .*--key-version ${version}`));
      await lab.certify({ name }, 'rotated-before', oldPem);
      assert.equal(keyId(), oldKey);

      const wish = [`--key-version=${version}`, '--subject=CN=rotated root 2'];
      await lab.ca('create', name, ...wish, '--store', '--force');
      const { stdout: newPem } = await lab.ca('show', name, '--output=pem');
      const both = oldPem + newPem;
      await check('32s', both);
      assert.equal(keyId(), kid);
      const secret = await lab.certify({ name }, 'rotated-after', both);
      assert.equal(one(leafOf(secret).issuer), 'CN=rotated root 2');
    });

    test('costs one signature for a certificate, and nothing else', async () => {
      const name = 'steady';
      await lab.issuerOf(name, {}, { healthCheck: { interval: '10m' } });
      const calls = async (): Promise<readonly string[]> =>
        (await lab.double.journal())
          .filter((call) => call.name === name)
          .map(({ operation, status }) => `${operation} ${status}`);
      const earlier = await calls();
      const all = Array.from({ length: 20 }, (_, index) => `${name}-${index}`);
      await Promise.all(all.map(async (request) => await lab.askApproved(request, issuerRefOf({ name }))));
      for (const request of all) await lab.until(request, 'Issued');
      assert.deepEqual(await calls(), [...earlier, ...all.map(() => 'keys/sign 200')]);
    });

    for (const { what, name, words, issuer, signs = 1, begin, end } of vaultFaults) {
      test(`${what} keeps its requests, which have their certificates when that is over`, async () => {
        const proxy = await lab.proxy(name);
        await lab.issuerOf(name, { vaultUrl: proxy.url });
        const signed = await lab.signatures(name);
        const vault = { double: lab.double, proxy, keyName: name };
        await begin(vault);
        await lab.askApproved(name, issuerRefOf({ name }));
        // It may be over before anybody looks.
        const waits = hasReason('Pending', words);
        await eventually(
          `${name} waits ${words}`,
          async () => await Promise.resolve(lab.seen.history({ namespace, name }).some(waits)),
        );
        if (issuer !== undefined) await lab.issuers.untilNotReady({ name }, issuer);
        await end?.(vault);
        await lab.until(name, 'Issued');
        assertNeverFailed(name);
        assert.equal((await lab.signatures(name)) - signed, signs);
      });
    }

    test('is slow signs all the same', async () => {
      const proxy = await lab.proxy('slow');
      await lab.issuerOf('slow', { vaultUrl: proxy.url });
      await proxy.addToxic('latency', { latency: 1500 });
      await assertIssuedAtOnce('slow', 'slow');
    });

    test('is not there: a CA in a Secret signs beside it, by the same code', async () => {
      const ca = makeCa('CA in a Secret');
      await applyCaSecret(lab.admin, { namespace, name: 'secret-ca' }, ca);
      const issuer = { namespace, name: 'secret-ca' };
      await applyIssuer(lab.admin, issuer, { signerType: 'secretca', authSecretRef: { name: 'secret-ca' } });
      await lab.certify(issuer, 'by-secret-ca', ca.certificate);
    });
  });

  test('that no longer takes the token that there is signs with a new one', async () => {
    await lab.revokeTokens();
    await assertIssuedAtOnce('revoked', 'steady');
  });

  describe('whose controller is killed while it signs', () => {
    test('gives one certificate to the controller that comes after it', async () => {
      const name = 'killed';
      const [login] = clusterLogins(lab.double);
      assert.ok(login);
      await applySecret(lab.admin, { namespace: 'external-issuer-system', name }, login.data);
      await lab.issuerOf(name, { auth: login.auth }, { authSecretRef: { name } });
      const signed = await lab.signatures(name);
      await lab.double.fault('keys/sign', { name, delayMs: 60_000, times: 1 });
      await lab.askApproved(name, issuerRefOf({ name }));
      await eventually('the vault has been asked', async () => (await lab.signatures(name)) > signed);
      await controller.end('SIGKILL');
      controller = await lab.startAs(lab.double.managedIdentityEnvironments.imds);
      await lab.until(name, 'Issued');
      const given = lab.seen.history({ namespace, name }).flatMap(({ status }) => status?.certificate ?? []);
      assert.equal(new Set(given).size, 1);
      // The one that was lost, the proof that the new controller may sign, and the certificate's.
      assert.equal((await lab.signatures(name)) - signed, 3);
    });

    test('is signed with as the identity of the node then, as soon as that has the role', async () => {
      const { managed } = lab.double.identities;
      const { pem } = await lab.makeCa('node');
      await lab.double.permit(managed.clientId, ['keys/get', 'secrets/get']);
      const changes = { vaultUrl: lab.double.url, keyName: 'node', name: 'node', ...managed };
      const issuer = await applyKeyVaultExample(lab.world, 'managed-identity.yaml', changes);
      await lab.issuers.untilNotReady(issuer, /^CAAuthRefused: .*"Key Vault Crypto User".*ForbiddenByRbac/);
      await lab.askApproved('node', issuerRefOf(issuer));
      await lab.until('node', 'Pending', /^IssuerNotReady: /);
      await lab.double.permit(managed.clientId, ['keys/get', 'secrets/get', 'keys/sign']);
      await lab.until('node', 'Issued');
      await lab.certify(issuer, 'node-tls', pem);
      assertNeverFailed('node');
    });
  });

  test('needs no call that the API server forbids the controller', { skip: withoutAuditLog }, async () => {
    assert.deepEqual(await lab.world.forbidden(), []);
  });
});
