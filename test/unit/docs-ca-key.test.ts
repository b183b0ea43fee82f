import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../src/lib/clock.ts';
import type { CaHolder, CaSettings } from '../../src/signers/ca/contract.ts';
import { createCaSigner } from '../../src/signers/ca/signer.ts';
import { assertIssued, type CaPair, keyPem, request, selfSigned } from './signers/ca/support/fake-holder.ts';
import { blocksOf, projectRoot, readPage } from './support/markdown.ts';

/** What the sketch asks of KMS. */
interface KmsCalls {
  getPublicKey(input: { KeyId: string }): Promise<{ PublicKey?: Uint8Array }>;
  sign(input: { Message: Uint8Array; MessageType: string; SigningAlgorithm: string }): Promise<{ Signature?: Uint8Array }>;
  destroy(): void;
}
type CreateKmsHolder = (kms: KmsCalls, keyArn: string, certificatePem: string) => CaHolder;

const folder = mkdtempSync(join(tmpdir(), 'external-issuer-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the sketch of the page as if it were in the folder that it names. */
async function sketch(): Promise<CreateKmsHolder> {
  const [block] = blocksOf(await readPage('docs/writing-a-ca-key.md'), 'ts');
  assert.ok(block !== undefined, 'the page has a sketch');
  const [, place = ''] = /^\/\/ (src\/\S+\.ts)$/m.exec(block.text) ?? [];
  const at = new URL(place, projectRoot);
  const file = join(folder, 'sketch.mts');
  writeFileSync(
    file,
    block.text.replaceAll(/'(\.[^']+\.ts)'/g, (_, path: string) => `'${new URL(path, at).href}'`),
  );
  const { href } = pathToFileURL(file);
  return ((await import(href)) as { createKmsHolder: CreateKmsHolder }).createKmsHolder;
}

/** A KMS whose private key openssl uses, which like AWS is given a digest and the name of an algorithm. */
function kmsOf({ keyPem: pem }: CaPair): KmsCalls {
  const keyFile = join(folder, 'key.pem');
  writeFileSync(keyFile, pem);
  const PublicKey = createPublicKey(pem).export({ format: 'der', type: 'spki' });
  return {
    getPublicKey: () => Promise.resolve({ PublicKey }),
    sign({ Message, MessageType, SigningAlgorithm }) {
      assert.equal(MessageType, 'DIGEST');
      const hash = `digest:sha${SigningAlgorithm.slice(-3)}`;
      const pss = SigningAlgorithm.includes('PSS') ? ['rsa_padding_mode:pss', 'rsa_pss_saltlen:digest'] : [];
      const options = [hash, ...pss].flatMap((option) => ['-pkeyopt', option]);
      const Signature = execFileSync('openssl', ['pkeyutl', '-sign', '-inkey', keyFile, ...options], { input: Message });
      return Promise.resolve({ Signature });
    },
    destroy: () => undefined,
  };
}

const { signal } = new AbortController();

describe('the sketch in docs/writing-a-ca-key.md', () => {
  const keys: readonly (readonly [string, CaPair, Partial<CaSettings>?])[] = [
    ['RSA', selfSigned(keyPem('RSA', 'rsa_keygen_bits:2048'))],
    ['RSA with PSS', selfSigned(keyPem('RSA', 'rsa_keygen_bits:2048')), { signatureAlgorithm: 'PS384' }],
    ['P-256', selfSigned()],
    ['P-521', selfSigned(keyPem('EC', 'ec_paramgen_curve:P-521'))],
  ];
  for (const [name, ca, settings] of keys) {
    test(`is checked and signs with ${name}`, async () => {
      const holder = (await sketch())(kmsOf(ca), 'arn:aws:kms:eu-central-1:1:key/1', ca.certificatePem);
      const signer = createCaSigner(holder, { signatureAlgorithmField: 'awsKms', ...settings }, { clock: systemClock });
      const checked = await signer.check({ signal });
      assert.equal(checked.outcome, 'healthy', 'message' in checked ? checked.message : '');
      assert.match(assertIssued(await signer.sign(request, { signal })).chainPem, /^-----BEGIN CERTIFICATE-----/);
      await signer.close();
    });
  }

  const failures = [
    ['AccessDeniedException', 'issuer-broken', 'CAAuthRefused'],
    ['ThrottlingException', 'retry', 'CAThrottled'],
    ['KMSInternalException', 'retry', 'CAUnavailable'],
  ] as const;
  for (const [name, outcome, code] of failures) {
    test(`sorts ${name} as ${code}`, async () => {
      const [, ca] = keys[2] ?? assert.fail();
      const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error('refused'), { name }));
      const holder = (await sketch())({ ...kmsOf(ca), getPublicKey: refuse }, 'arn', ca.certificatePem);
      const loaded = await holder.load({ signal });
      assert.ok(!loaded.ok);
      assert.deepEqual([loaded.error.outcome, loaded.error.code], [outcome, code]);
    });
  }
});
