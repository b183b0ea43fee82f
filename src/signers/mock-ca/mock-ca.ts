import type { Clock } from '../../lib/clock.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { SignerDefinition } from '../definition.ts';
import type { ConfigProblem, ReferencedData, Signer, SignerInput, SignOutcome } from '../signer.ts';
import { type AuthorityProblem, type CertificateAuthority, createAuthority } from './authority.ts';
import { loadAuthority } from './load.ts';
import { authorityParameters, mockCaBlock, type MockCaConfig } from './schema.ts';
import { createMockCaStore, type MockCaStore } from './store.ts';

const certificateKey = 'tls.crt';
const privateKeyKey = 'tls.key';

/** The signer `mockca`: a CA for tests, in memory or from a Secret. The CAs in memory live as long as what this returns. */
export function createMockCaSigner(deps: { readonly clock: Clock }): SignerDefinition<MockCaConfig> {
  const store = createMockCaStore((parameters) => createAuthority(parameters, deps));
  return {
    ...mockCaBlock,
    caution:
      'This issuer signs with a mock CA, which is for tests: whoever can read its Secret, or the memory of the controller, can sign. ' +
      'Do not trust it in production.',
    open: (input) => open(input, deps, store),
    forget: (issuerUid) => store.forget(issuerUid),
  };
}

async function open(
  { config, issuerUid, authSecret, authSecretKey }: SignerInput<MockCaConfig>,
  deps: { readonly clock: Clock },
  store: MockCaStore,
): Promise<Result<Signer, ConfigProblem>> {
  if (authSecret === undefined) {
    const parameters = authorityParameters(config);
    if (!parameters.ok) return configError(parameters.error);
    return ok(signerOf(await store.get(issuerUid, parameters.value), deps.clock, 'in memory, lost when the controller ends'));
  }
  if (authSecretKey !== undefined) {
    return configError(
      `spec.authSecretRef.key: is "${authSecretKey}", but a mock CA is read from two keys of its Secret, ${certificateKey} and ${privateKeyKey}; remove the field`,
    );
  }
  const field = Object.keys(config)[0];
  if (field !== undefined) {
    return configError(
      `the configuration (mockCa, or the ConfigMap) sets ${field}, which means nothing for the CA in ${authSecret.where}; set the configuration or the reference to the Secret, not both`,
    );
  }
  const authority = readAuthority(authSecret, deps);
  return authority.ok ? ok(signerOf(authority.value, deps.clock, `from ${authSecret.where}`)) : authority;
}

function readAuthority(
  { where, data }: ReferencedData,
  deps: { readonly clock: Clock },
): Result<CertificateAuthority, ConfigProblem> {
  const certificatePem = data.get(certificateKey);
  const keyPem = data.get(privateKeyKey);
  if (certificatePem === undefined || keyPem === undefined) {
    const missing = [certificateKey, privateKeyKey].filter((key) => !data.has(key)).join(' and ');
    return configError(
      `${where} has no ${missing}; put the CA certificate in ${certificateKey} and its key in ${privateKeyKey}`,
    );
  }
  const authority = loadAuthority({ certificatePem, keyPem }, deps);
  if (authority.ok) return authority;
  const key = authority.error.file === 'key' ? privateKeyKey : certificateKey;
  return configError(`${where}, key ${key}: ${authority.error.message}`);
}

function signerOf(authority: CertificateAuthority, clock: Clock, place: string): Signer {
  const { subject, notAfter } = authority;
  const end = new Date(notAfter).toISOString();
  return {
    async check({ signal }) {
      signal.throwIfAborted();
      if (notAfter <= clock.now()) return { outcome: 'issuer-broken', code: 'IssuerExpired', message: expired(end) };
      return {
        outcome: 'healthy',
        message: `Mock CA for tests, not for production: "${subject}", ${place}, valid until ${end}.`,
      };
    },
    async sign({ csr, durationSeconds, usages, isCA }, { signal }) {
      signal.throwIfAborted();
      const issued = await authority.issue({ csr, durationSeconds, usages, isCA });
      signal.throwIfAborted();
      return issued.ok
        ? { outcome: 'issued', chainPem: issued.value.chainPem, caPem: issued.value.caPem }
        : refusal(issued.error, end);
    },
    close: () => Promise.resolve(),
  };
}

function refusal({ code, message }: AuthorityProblem, end: string): SignOutcome {
  if (code === 'IssuerExpired') return { outcome: 'issuer-broken', code, message: expired(end) };
  return { outcome: 'failed', code, message };
}

function expired(end: string): string {
  return `The mock CA expired at ${end}; put a new one in its Secret, or, where it is in memory, change its validity.`;
}

function configError(message: string): Result<never, ConfigProblem> {
  return err({ code: 'ConfigError', message });
}
