import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { runCheck } from '../../../src/cli/check-run.ts';
import type { IssuerFlags } from '../../../src/cli/issuer-options.ts';
import { runRevoke } from '../../../src/cli/revoke-run.ts';
import { err } from '../../../src/lib/result.ts';
import type { RevokeOutcome, Signer } from '../../../src/signers/signer.ts';
import { makeFolder, outcomeOf, patientClock, type Outcome } from './support/cli.ts';
import { fakeDefinition, type FakeDefinition } from './support/fake-definition.ts';

const folder = makeFolder();
after(folder.remove);

const secret = (name: string, more = ''): string =>
  `---\napiVersion: v1\nkind: Secret\nmetadata: {name: ${name}${more}}\nstringData: {token: sesame}\n`;
const issuer = (spec: string, more = ''): string =>
  `apiVersion: external-issuer.io/v1alpha1\nkind: ExternalIssuer\nmetadata: {name: pki${more}}\nspec: {signerType: fake, ${spec}}\n`;

function flagsFor(text: string, more: Partial<IssuerFlags> = {}): IssuerFlags {
  const file = [folder.write('issuer.yaml', text)];
  return { file, clusterResourceNamespace: 'external-issuer-system', verbose: false, ...more };
}

async function check(text: string, fake: FakeDefinition, more: Partial<IssuerFlags> = {}): Promise<Outcome> {
  return await outcomeOf(async (deps) => await runCheck(flagsFor(text, more), [fake.definition], deps));
}

describe('external-issuer check', () => {
  test('says that an issuer is valid and healthy, and closes its signer', async () => {
    const fake = fakeDefinition();
    fake.signer.checks.push({ outcome: 'healthy', message: 'The CA answers.' });
    const { stdout, stderr, error } = await check(issuer('authSecretName: a') + secret('a'), fake);
    assert.equal(error, undefined);
    const words = 'ExternalIssuer "pki" in namespace "default"';
    assert.equal(stdout, `${words}: the configuration is valid (signerType fake)\n${words}: healthy: The CA answers.\n`);
    assert.equal(stderr, '');
    assert.deepEqual(fake.signer.calls, ['check', 'close']);
  });

  test('opens the signer with what the issuer refers to, wherever a manifest does not say where it is', async () => {
    const fake = fakeDefinition();
    fake.signer.checks.push({ outcome: 'healthy', message: '' });
    await check(
      issuer('authSecretName: a, fake: {secrets: [{name: b}]}', ', namespace: team-a') +
        secret('a') +
        secret('b', ', namespace: team-a'),
      fake,
    );
    const [input] = fake.inputs;
    assert.deepEqual(input?.issuer, { kind: 'ExternalIssuer', name: 'pki', namespace: 'team-a' });
    assert.equal(Buffer.from(input?.authSecret?.data.get('token') ?? []).toString(), 'sesame');
    assert.equal(input?.references.get('secret-0')?.where, 'Secret "b" in namespace "team-a"');
  });

  const invalid: readonly [string, string, readonly RegExp[]][] = [
    [
      'unknown fields, wrong values and missing objects, all at once',
      issuer('helthCheck: {}, authSecretName: a, fake: {levl: 3, secrets: [{name: b}]}'),
      [
        /line 4: spec: unknown key "helthCheck"; did you mean "healthCheck"\?$/m,
        /line 4: spec\.fake: unknown key "levl"; did you mean "level"\?$/m,
        /line 4: spec\.authSecretName names Secret "a" in namespace "default", which is not in .*issuer\.yaml; add the file that has it with -f$/m,
        /line 4: spec\.fake\.secrets\[0\] names Secret "b"/m,
      ],
    ],
    ['a value out of range', issuer('fake: {level: 11}'), [/spec\.fake\.level: must be at most 9$/m]],
    ['a Secret of nearly that name', issuer('authSecretName: tokn') + secret('token'), [/did you mean "token"\?$/m]],
    [
      'a Secret elsewhere',
      issuer('authSecretName: a') + secret('a', ', namespace: other'),
      [/the one of that name at .*line 6 is in namespace "other"; an ExternalIssuer refers to its own/],
    ],
    [
      'a ConfigMap in its place',
      issuer('authSecretName: a') + secret('a').replace('Secret', 'ConfigMap').replace('stringData', 'data'),
      [/there is a ConfigMap of that name .* make it a Secret$/m],
    ],
    [
      'a Secret of a kind that is never used',
      issuer('authSecretName: a') + secret('a') + 'type: helm.sh/release.v1\n',
      [/of type helm\.sh\/release\.v1, which is never used/],
    ],
    [
      'a namespace that is not its own',
      issuer('authSecretRef: {name: a, namespace: other}') + secret('a'),
      [/spec\.authSecretRef\.namespace: is "other".*its own namespace "default"/],
    ],
  ];
  for (const [what, text, messages] of invalid) {
    test(`refuses ${what}`, async () => {
      const fake = fakeDefinition();
      const { error, stdout } = await check(text, fake);
      assert.match(error ?? '', /^Failed: /);
      for (const message of messages) assert.match(error ?? '', message);
      assert.equal(stdout, '');
      assert.equal(fake.inputs.length, 0);
    });
  }

  test('lets cluster issuers refer to the namespaces that the flags name', async () => {
    const text =
      issuer('authSecretRef: {name: a, namespace: shared}').replace('ExternalIssuer', 'ExternalClusterIssuer') +
      secret('a', ', namespace: shared');
    const refused = await check(text, fakeDefinition());
    assert.match(refused.error ?? '', /cluster issuers may only refer to "external-issuer-system"/);
    const fake = fakeDefinition();
    fake.signer.checks.push({ outcome: 'healthy', message: 'ok' });
    assert.equal((await check(text, fake, { allowedReferenceNamespaces: 'more, shared' })).error, undefined);
  });

  test('warns of what its users must know and of what is not used', async () => {
    const fake = fakeDefinition({ caveats: [{ code: 'Plaintext', message: 'anyone can read it.' }] });
    fake.signer.checks.push({
      outcome: 'healthy',
      message: 'ok',
      warnings: [{ code: 'BackupInUse', message: 'the first is down.' }],
    });
    const { stderr } = await check(issuer('') + secret('a'), fake);
    assert.match(stderr, /^warning: Plaintext: anyone can read it\.$/m);
    assert.match(stderr, /^warning: .*line 6: the issuer does not refer to Secret "a"$/m);
    assert.match(stderr, /^warning: BackupInUse: the first is down\.$/m);
  });

  test('says which CA signs, where the signer knows it', async () => {
    const fake = fakeDefinition();
    const ca = { subject: 'CN=CA\n', serialHex: '0a', notAfter: 1_830_384_000_000, keyId: 'the key', certificatePem: '' };
    fake.signer.checks.push({ outcome: 'healthy', message: 'ok', ca });
    const { stdout } = await check(issuer(''), fake);
    assert.match(stdout, /: its CA is "CN=CA\\u000a", serial number 0a, until 2028-01-02T00:00:00Z, with the key the key$/m);
  });

  test('fails where the CA does not work, and says whether waiting helps', async () => {
    const fake = fakeDefinition();
    fake.signer.checks.push({ outcome: 'retry', code: 'CAUnavailable', message: 'It is \u001b[31mdown' });
    const waiting = await check(issuer('healthCheck: {interval: 5m}'), fake);
    assert.match(
      waiting.error ?? '',
      /not healthy: CAUnavailable: It is \\u001b\[31mdown\. In a cluster .* checked again, at the latest after 5m\.$/,
    );
    fake.signer.checks.push({ outcome: 'issuer-broken', code: 'CAAuthRefused', message: 'Wrong token.' });
    const broken = await check(issuer(''), fake);
    assert.match(
      broken.error ?? '',
      /not healthy: CAAuthRefused: Wrong token\. .* until it, or what it refers to, is changed\.$/,
    );
    assert.equal(fake.signer.calls.filter((call) => call === 'close').length, 2);
  });

  test('gives up on a CA that never answers', async () => {
    const fake = fakeDefinition({ callTimeoutMs: 20 });
    fake.signer.checks.push(async () => await new Promise(() => undefined));
    assert.match((await check(issuer(''), fake)).error ?? '', /CATimeout: The CA did not answer within 0\.02 s/);
  });

  test('shows with -v what is sent, answered and read, safe for a terminal', async () => {
    const fake = fakeDefinition({
      async check({ trace }) {
        trace?.({ part: 'sent', text: 'GET /\naccept: *\n' });
        trace?.({ part: 'answered', text: '200\r\n\u001b[2J' });
        trace?.({ part: 'read', text: 'nothing' });
        return { outcome: 'healthy', message: 'ok' };
      },
    });
    const { stderr } = await check(issuer(''), fake, { verbose: true });
    assert.equal(stderr, '> GET /\n> accept: *\n< 200\n< \\u001b[2J\n= nothing\n');
    assert.equal((await check(issuer(''), fake)).stderr, '');
  });

  test('has a token of a file stand in for those of an API server', async () => {
    const clock = patientClock();
    const claims = (exp: number): string => `e30.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.x`;
    const asked = async (token: string): Promise<string> => {
      let answer = '';
      const fake = fakeDefinition();
      const open = fake.definition.open;
      const definition = {
        ...fake.definition,
        open: async (input: Parameters<typeof open>[0]) => {
          const result = await input.requestToken?.({ serviceAccount: 'sa', audience: 'vault' }, AbortSignal.abort());
          answer = result === undefined ? 'none' : result.ok ? result.value.token : result.error.message;
          return err({ code: 'ConfigError', message: 'enough' } as const);
        },
      };
      const flags = flagsFor(issuer(''), token === '' ? {} : { serviceAccountToken: folder.write('token', token) });
      await outcomeOf(async (deps) => await runCheck(flags, [definition], deps), { clock });
      return answer;
    };
    assert.equal(await asked(''), 'none');
    assert.equal(await asked('opaque\n'), 'opaque');
    const valid = claims(Date.now() / 1000 + 60);
    assert.equal(await asked(valid), valid);
    assert.match(await asked(claims(1000)), /the token expired at 1970.* kubectl create token sa --audience vault$/);
    assert.match(await asked('two words'), /must hold one token/);
  });
});

describe('external-issuer revoke', () => {
  const revoke = async (serial: string, more: Partial<Signer>): Promise<Outcome> =>
    await outcomeOf(
      async (deps) => await runRevoke({ ...flagsFor(issuer('')), serial }, [fakeDefinition(more).definition], deps),
    );
  const asked: string[] = [];
  const answering = (outcome: RevokeOutcome): Partial<Signer> => ({
    async revoke(serialHex) {
      asked.push(serialHex);
      return outcome;
    },
  });

  for (const written of ['0A:1b:FF', '0x0a1bff', ' 0a1bFF ']) {
    test(`takes "${written}" as a serial number`, async () => {
      const { stdout } = await revoke(written, answering({ outcome: 'revoked', message: 'The CA answered 200.' }));
      assert.equal(asked.pop(), '0a1bff');
      assert.match(stdout, /: revoked 0a1bff: The CA answered 200\.\n$/);
    });
  }

  for (const written of ['', 'xyz', '0', '12.5', 'a'.repeat(41), '-1']) {
    test(`does not take "${written}" for one`, async () => {
      const { error } = await revoke(written, {});
      assert.match(error ?? '', /^Usage: --serial: .* write it in hexadecimal/);
    });
  }

  test('fails with the words of the CA', async () => {
    const { error } = await revoke('aa', answering({ outcome: 'not-revoked', code: 'CARefused', message: 'Unknown serial.' }));
    assert.match(error ?? '', /^Failed: .*: aa was not revoked: CARefused: Unknown serial\.$/);
  });

  test('says what to set where the issuer does not say how', async () => {
    assert.match(
      (await revoke('aa', {})).error ?? '',
      /does not say how a certificate is revoked\. Issuers of signerType fake cannot/,
    );
  });

  test('says that it is not known whether anything was revoked where there was no answer', async () => {
    const { error } = await revoke('aa', { callTimeoutMs: 20, revoke: async () => await new Promise(() => undefined) });
    assert.match(error ?? '', /: whether aa was revoked is not known: CATimeout: .* Look at the CA before you repeat this\.$/);
    const message = 'The CA answered 503. Look at the CA.';
    const doubtful = await revoke('aa', answering({ outcome: 'unknown', code: 'CAUnavailable', message }));
    assert.match(doubtful.error ?? '', /^Failed: .*: whether aa was revoked is not known: CAUnavailable: .* Look at the CA\.$/);
  });
});
