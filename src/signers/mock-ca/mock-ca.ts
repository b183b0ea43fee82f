import type { Clock } from '../../lib/clock.ts';
import { momentText } from '../../lib/moment.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { certificateKey, findCaSecret, privateKeyKey } from '../ca/ca-secret.ts';
import { formatName } from '../../x509/name.ts';
import type { SignerDefinition } from '../definition.ts';
import type { ConfigProblem, Signer, SignerInput, SignOutcome } from '../signer.ts';
import type { IssuanceProblem } from '../ca/issuing.ts';
import { type CertificateAuthority, createAuthority } from './authority.ts';
import { refuseFlatMockCa } from './flat.ts';
import { loadAuthority } from './load.ts';
import { authorityParameters, mockCaBlock, type MockCaConfig } from './schema.ts';
import { createMockCaStore, type MockCaStore } from './store.ts';

/** The signer `mockca`: a CA for tests, in memory or from a Secret. The CAs in memory live as long as what this returns. */
export function createMockCaSigner(deps: { readonly clock: Clock }): SignerDefinition<MockCaConfig> {
  const store = createMockCaStore((parameters) => createAuthority(parameters, deps));
  return {
    ...mockCaBlock,
    caution:
      'This issuer signs with a mock CA, which is for tests: whoever can read its Secret, or the memory of the controller, can sign. ' +
      'Do not trust it in production.',
    readFlatConfigMap: refuseFlatMockCa,
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
    const authority = await store.get(issuerUid, parameters.value);
    return ok(signerOf(authority, deps.clock, 'in memory, lost when the controller ends', 'memory of the controller'));
  }
  const { where } = authSecret;
  const field = Object.keys(config)[0];
  if (field !== undefined) {
    return configError(
      `the configuration (mockCa, or the ConfigMap) sets ${field}, which means nothing for the CA in ${where}; set the configuration or the reference to the Secret, not both`,
    );
  }
  const files = findCaSecret(authSecret, authSecretKey);
  if (!files.ok) return configError(files.error);
  const authority = loadAuthority(files.value, deps);
  if (authority.ok) return ok(signerOf(authority.value, deps.clock, `from ${where}`, `key ${privateKeyKey} of ${where}`));
  const key = authority.error.file === 'key' ? privateKeyKey : certificateKey;
  return configError(`${where}, key ${key}: ${authority.error.message}`);
}

function signerOf(authority: CertificateAuthority, clock: Clock, place: string, keyId: string): Signer {
  const { subject, serialHex, notAfter, certificatePem } = authority;
  const { endsFirst } = authority.limits;
  const higher = endsFirst.notAfter === notAfter ? undefined : `"${formatName(endsFirst.subject, 200)}"`;
  const end = momentText(endsFirst.notAfter);
  const expired = {
    outcome: 'issuer-broken',
    code: 'IssuerExpired',
    message:
      higher === undefined
        ? `The mock CA expired at ${end}; put a new one in its Secret, or, where it is in memory, change its validity.`
        : `The certificate ${higher} above the mock CA expired at ${end}; put others in its Secret.`,
  } as const;
  return {
    async check({ signal }) {
      signal.throwIfAborted();
      if (endsFirst.notAfter <= clock.now()) return expired;
      return {
        outcome: 'healthy',
        message: `Mock CA for tests, not for production: "${subject}", ${place}, valid until ${end}${higher === undefined ? '' : `, when ${higher} above it ends`}.`,
        ca: { subject, serialHex, notAfter, keyId, certificatePem },
      };
    },
    async sign({ csr, durationSeconds, usages, isCA }, { signal }) {
      signal.throwIfAborted();
      const issued = await authority.issue({ csr, durationSeconds, usages, isCA });
      signal.throwIfAborted();
      if (!issued.ok) return issued.error.code === 'IssuerExpired' ? expired : failed(issued.error);
      const { chainPem, caPem, whyShorter } = issued.value;
      return { outcome: 'issued', chainPem, caPem, ...(whyShorter === undefined ? {} : { whyShorter }) };
    },
    close: () => Promise.resolve(),
  };
}

function failed({ code, message }: IssuanceProblem): SignOutcome {
  return { outcome: 'failed', code, message };
}

function configError(message: string): Result<never, ConfigProblem> {
  return err({ code: 'ConfigError', message });
}
