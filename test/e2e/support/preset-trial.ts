import assert from 'node:assert/strict';
import { type KeyObject, randomUUID } from 'node:crypto';
import { loadManifests } from '../../../src/cli/manifests.ts';
import { openIssuer } from '../../../src/cli/open-issuer.ts';
import { makeTrialRequest } from '../../../src/cli/trial-request.ts';
import { verifyIssued, type Verified } from '../../../src/issuing/verify.ts';
import type { CheckOutcome, RequestServiceAccountToken, SignOutcome, SignRequest } from '../../../src/signers/signer.ts';
import { parseCsr } from '../../../src/x509/csr.ts';
import { testSigners } from '../../unit/support/signers.ts';
import { opensslCsr } from '../../unit/x509/tools.ts';
import { loadPreset, type PresetChanges } from './preset.ts';

/** Names of every type that requests ask for: DNS, IP, URI, email. */
export const allNames = 'DNS:a.example, IP:10.1.2.3, URI:spiffe://example/a, email:a@a.example';

/** What is asked of an issuer that is tried. */
export interface TrialWish {
  /** As openssl writes subjectAltName. */
  readonly names?: string;
  readonly durationSeconds?: number;
  readonly key?: KeyObject;
  /** Of the Certificate: above 1 at a renewal. */
  readonly revision?: number;
}

/** What came of one signing. */
export interface Trial {
  readonly outcome: SignOutcome;
  readonly request: SignRequest;
  /** The requests that were sent to the CA, as `POST /path`, and their whole texts. */
  readonly sent: readonly string[];
  readonly texts: readonly string[];
}

/** The issuer of an example, open without a cluster, by the steps of `external-issuer sign -f`. */
export interface PresetTrial extends AsyncDisposable {
  check(): Promise<CheckOutcome>;
  sign(wish?: TrialWish): Promise<Trial>;
  /** Asks for a request that the CA has for later. */
  poll(trial: Trial): Promise<Trial>;
  readonly warnings: readonly string[];
}

/** Opens the issuer of an example. @throws with the problems of the files. */
export async function tryPreset(
  file: string,
  changes: PresetChanges,
  requestToken?: RequestServiceAccountToken,
): Promise<PresetTrial> {
  const preset = await loadPreset(file, changes);
  const manifests = await loadManifests(['-'], undefined, chunksOf(preset.yaml));
  assert.ok(manifests.ok, manifests.ok ? '' : manifests.error.join('\n'));
  const never = new AbortController().signal;
  const flags = { clusterResourceNamespace: 'external-issuer-system' };
  const opened = await openIssuer(
    manifests.value,
    flags,
    { signers: testSigners({ allowPlaintextCredentials: true }), requestToken },
    never,
  );
  assert.ok(opened.ok, opened.ok ? '' : opened.error.join('\n'));
  const { signer, view, warnings } = opened.value;

  async function traced(request: SignRequest, ask: (context: Parameters<typeof signer.sign>[1]) => Promise<SignOutcome>) {
    const texts: string[] = [];
    const outcome = await ask({
      signal: AbortSignal.timeout(20_000),
      trace: ({ part, text }) => void (part === 'sent' && texts.push(text)),
    });
    return { outcome, request, sent: texts.map(lineOf), texts };
  }

  return {
    warnings,
    check: async () => await signer.check({ signal: AbortSignal.timeout(20_000) }),
    async sign({ names = allNames, durationSeconds = 3600, key, revision = 1 } = {}) {
      const asked = { subject: 'CN = a.example', extensions: `subjectAltName = ${names}` };
      const csr = parseCsr(opensslCsr({ ...asked, ...(key === undefined ? {} : { key }) }));
      assert.ok(csr.ok);
      const wish = { durationSeconds, usages: ['digital signature', 'server auth'], isCA: false, namespace: 'default' };
      const now = Date.now();
      const about = {
        timeoutMs: 20_000,
        name: 'trial',
        annotations: { 'cert-manager.io/certificate-revision': `${revision}` },
        labels: {},
      };
      const request = makeTrialRequest(csr.value, view, wish, about, {
        uid: randomUUID(),
        now,
        policy: { allowSystemMasters: false },
      });
      return await traced(request, async (context) => await signer.sign(request, context));
    },
    async poll({ outcome, request }) {
      assert.ok(outcome.outcome === 'pending' && signer.poll !== undefined, JSON.stringify(outcome));
      const { poll } = signer;
      return await traced(request, async (context) => await poll(outcome.id, request, context));
    },
    [Symbol.asyncDispose]: async () => await signer.close(),
  };
}

/** What the core makes of what was issued. @throws where nothing was, with the reason. */
export function verifiedOf({ outcome, request }: Trial): Verified {
  assert.equal(outcome.outcome, 'issued', JSON.stringify(outcome));
  const verified = outcome.outcome === 'issued' && verifyIssued(outcome, request, Date.now());
  assert.ok(verified !== false && verified.ok, JSON.stringify(verified));
  return verified.value;
}

/** `failed CARejected The CA answered 400 Bad Request: no.` */
export function wordsOf(outcome: SignOutcome | CheckOutcome): string {
  return 'code' in outcome ? `${outcome.outcome} ${outcome.code} ${outcome.message}` : outcome.outcome;
}

/** Checks and signs; the chain must end at that root, and have been asked for once. */
export async function passes(issuer: PresetTrial, rootPem: string, requests: readonly string[]): Promise<Trial> {
  const checked = await issuer.check();
  assert.equal(checked.outcome, 'healthy', JSON.stringify(checked));
  const trial = await issuer.sign();
  const { chain } = verifiedOf(trial);
  assert.equal(chain.caPem.trim(), rootPem.trim(), 'ca.crt is the root');
  assert.deepEqual(trial.sent, requests);
  return trial;
}

/** `POST /api/sign`, of a request as it is shown to people. */
function lineOf(text: string): string {
  const [, method = '', url = ''] = /^(\S+) (\S+)/.exec(text) ?? [];
  return `${method} ${new URL(url).pathname}`;
}

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
