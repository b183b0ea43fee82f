import assert from 'node:assert/strict';
import { type Clock, systemClock } from '../../../../../src/lib/clock.ts';
import { ok, type Result } from '../../../../../src/lib/result.ts';
import type { CaHolder, CaKey, CaProblem, CaSettings, HeldCa } from '../../../../../src/signers/ca/contract.ts';
import { createCaSigner } from '../../../../../src/signers/ca/signer.ts';
import type { CallContext, CheckOutcome, Issued, Signer, SignOutcome, SignRequest } from '../../../../../src/signers/signer.ts';
import { publicHalf, readPrivateKey } from '../../../../../src/x509/private-key.ts';
import { signerOf } from '../../../../../src/x509/sign-with-key.ts';
import { algorithmsFor } from '../../../../../src/x509/signature-algorithm.ts';
import { goodCsr, openssl, opensslCsr } from '../../../x509/tools.ts';

/** A CA certificate and its key, PEM. */
export interface CaPair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** Makes a key of openssl's. */
export function keyPem(algorithm = 'EC', option = algorithm === 'EC' ? 'ec_paramgen_curve:P-256' : ''): string {
  return openssl(['genpkey', '-algorithm', algorithm, ...(option === '' ? [] : ['-pkeyopt', option])]);
}

export const caExtensions = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign';

/** A self-signed certificate of openssl's. */
export function selfSigned(key = keyPem(), extensions = caExtensions, days = 3650, commonName = 'Team CA'): CaPair {
  const config = `[req]\nprompt=no\ndistinguished_name=dn\n[dn]\nCN=${commonName}\n[ext]\n${extensions}`;
  const args = ['req', '-x509', '-config', 'c', '-extensions', 'ext', '-key', 'k', '-days', String(days)];
  return { certificatePem: openssl(args, { c: config, k: key }), keyPem: key };
}

/** A CA as a holder gives it, its key in memory. */
export function held(pair: CaPair, rest: Partial<HeldCa> = {}, keyId = 'vault/keys/ca/1'): HeldCa {
  const privateKey = readPrivateKey(pair.keyPem);
  assert.ok(privateKey.ok);
  const publicKey = publicHalf(privateKey.value);
  assert.ok(publicKey.ok);
  const key: CaKey = {
    id: keyId,
    publicKey: publicKey.value,
    algorithms: algorithmsFor(publicKey.value.keyType),
    sign: async (algorithm, tbs) => await signerOf(privateKey.value, algorithm)(tbs),
  };
  return { certificatePem: pair.certificatePem, where: 'the secret "ca" of the vault', key, warnings: [], ...rest };
}

/** What a holder was asked, in order: `load`, `probe` and `certificate`. */
export interface Lab {
  readonly signer: Signer;
  readonly calls: string[];
  /** What the next loads give. */
  loads: (context: CallContext) => Promise<Result<HeldCa, CaProblem>>;
  /** In place of what the key would answer. */
  signs:
    | ((tbs: Uint8Array, right: () => Promise<Result<Uint8Array, CaProblem>>) => Promise<Result<Uint8Array, CaProblem>>)
    | undefined;
  check(context?: Partial<CallContext>): Promise<CheckOutcome>;
  sign(request?: Partial<SignRequest>, context?: Partial<CallContext>): Promise<SignOutcome>;
}

const csr = goodCsr(opensslCsr({ extensions: 'subjectAltName = DNS:a.example.com' }));
const derSequence = 0x30;

export const request: SignRequest = {
  csr,
  durationSeconds: 3600,
  usages: ['digital signature'],
  isCA: false,
  idempotencyKey: 'key',
  firstTryAt: 0,
  origin: { name: 'web-1', namespace: 'team-a', uid: 'key', annotations: {}, labels: {} },
};

/** A signer over a holder that does as it is told. */
export function createLab(ca: HeldCa, settings: Partial<CaSettings> = {}, clock: Pick<Clock, 'now'> = systemClock): Lab {
  const calls: string[] = [];
  const { signal } = new AbortController();
  const watched = (loaded: HeldCa): HeldCa => ({
    ...loaded,
    key: {
      ...loaded.key,
      async sign(algorithm, tbs, context) {
        calls.push(tbs[0] === derSequence ? 'certificate' : 'probe');
        const right = async (): Promise<Result<Uint8Array, CaProblem>> => await loaded.key.sign(algorithm, tbs, context);
        return await (lab.signs === undefined ? right() : lab.signs(tbs, right));
      },
    },
  });
  const holder: CaHolder = {
    async load(context) {
      calls.push('load');
      const loaded = await lab.loads(context);
      return loaded.ok ? ok(watched(loaded.value)) : loaded;
    },
    close: () => {
      calls.push('close');
      return Promise.resolve();
    },
  };
  const signer = createCaSigner(holder, { signatureAlgorithmField: 'keyVault.signatureAlgorithm', ...settings }, { clock });
  const lab: Lab = {
    signer,
    calls,
    loads: () => Promise.resolve(ok(ca)),
    signs: undefined,
    check: async (context) => await signer.check({ signal, ...context }),
    sign: async (wanted, context) => await signer.sign({ ...request, ...wanted }, { signal, ...context }),
  };
  return lab;
}

/** Asserts that a certificate was issued. */
export function assertIssued(outcome: SignOutcome): Issued {
  assert.ok(outcome.outcome === 'issued', JSON.stringify(outcome));
  return outcome;
}
