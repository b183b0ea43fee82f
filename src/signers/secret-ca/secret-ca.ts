import { err, ok, type Result } from '../../lib/result.ts';
import { createCaSigner } from '../ca/signer.ts';
import type { SignerDefinition } from '../definition.ts';
import { readPemBundle } from '../pem-bundle.ts';
import { wantedReference } from '../references.ts';
import type { SignerDeps } from '../registry.ts';
import type { ConfigProblem, Signer, SignerInput } from '../signer.ts';
import { secretCaHolder } from './holder.ts';
import { secretCaBlock, type SecretCaConfig } from './schema.ts';

/** The signer `secretca`: a CA whose certificate and key are in a Secret. */
export function createSecretCaSigner(deps: Pick<SignerDeps, 'clock'>): SignerDefinition<SecretCaConfig> {
  return {
    ...secretCaBlock,
    references: ({ ca }) => [
      ...wantedReference('ca', 'Secret', 'ca.secretRef', ca?.secretRef),
      ...wantedReference('ca', 'ConfigMap', 'ca.configMapRef', ca?.configMapRef),
    ],
    open: (input) => Promise.resolve(open(input, deps)),
    forget: () => undefined,
  };
}

function open(
  { config, authSecret, authSecretKey, references }: SignerInput<SecretCaConfig>,
  deps: Pick<SignerDeps, 'clock'>,
): Result<Signer, ConfigProblem> {
  if (authSecret === undefined) {
    return configError('spec.authSecretRef: is not set; name the Secret that holds the CA (tls.crt and tls.key)');
  }
  const holder = secretCaHolder(authSecret, authSecretKey);
  if (!holder.ok) return configError(holder.error);
  const bundle = readPemBundle(config.ca, references.get('ca'), 'secretCa.ca');
  if (!bundle.ok) return configError(bundle.error);
  const { signatureAlgorithm } = config;
  const settings = {
    signatureAlgorithmField: 'secretCa.signatureAlgorithm',
    keyWords: `the key in ${authSecret.where}`,
    ...(signatureAlgorithm === undefined ? {} : { signatureAlgorithm }),
    ...(bundle.value === undefined ? {} : { caBundlePem: bundle.value }),
  };
  return ok(createCaSigner(holder.value, settings, deps));
}

function configError(message: string): Result<never, ConfigProblem> {
  return err({ code: 'ConfigError', message });
}
