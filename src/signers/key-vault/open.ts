import { err, ok, type Result } from '../../lib/result.ts';
import type { CaSettings } from '../ca/contract.ts';
import { createCaSigner } from '../ca/signer.ts';
import { readPemBundle } from '../pem-bundle.ts';
import type { SignerDeps } from '../registry.ts';
import type { Caveat, ConfigProblem, Signer, SignerInput } from '../signer.ts';
import { certificateSource } from './certificate-source.ts';
import type { OpenVault, VaultSettings } from './contract.ts';
import { createKeyVaultHolder, type VaultCa } from './holder.ts';
import { readIdentity } from './identity.ts';
import type { KeyVaultConfig } from './schema.ts';
import { configProblem } from './validate.ts';

type Input = SignerInput<KeyVaultConfig>;
type Deps = Pick<SignerDeps, 'azure' | 'clock' | 'network'>;

const challengeUnverified: Caveat = {
  code: 'ChallengeUnverified',
  message:
    'The controller was started with --azure-disable-challenge-verification: a token for Key Vault is sent to whatever server keyVault.vaultUrl ' +
    'names, also to one that is no vault of Azure, and whoever runs that server can use it. It is for tests; remove the flag.',
};

/** Opens the signer of one issuer; the network is not used before its first check. */
export async function openKeyVault(
  input: Input,
  { azure, clock, network }: Deps,
  openVault: OpenVault = openAzureVault,
): Promise<Result<Signer, ConfigProblem>> {
  const problem = configProblem(input.config);
  if (problem !== undefined) return configError(problem);
  const ca = readCa(input);
  if (!ca.ok) return configError(ca.error);
  const identity = readIdentity(input, azure, clock.now());
  if (!identity.ok) return identity;
  const { vaultUrl, cloud } = input.config;
  const settings: VaultSettings = {
    vaultUrl: new URL(vaultUrl).origin,
    identity: identity.value,
    ...(cloud === undefined ? {} : { cloud }),
  };
  const vault = await openVault(settings, { azure, network });
  if (!vault.ok) return vault;
  const holder = createKeyVaultHolder(vault.value, ca.value, { clock });
  const signer = createCaSigner(holder, ca.value.settings, { clock });
  return ok(azure.disableChallengeVerification ? { ...signer, caveats: [challengeUnverified] } : signer);
}

/** Azure's SDK is loaded here, where a vault is opened, and nowhere before. */
const openAzureVault: OpenVault = async (settings, deps) => {
  const { openVault } = await import('./azure/open-vault.ts');
  return await openVault(settings, deps);
};

/** Which CA of the vault, and what the issuer says about how it signs. */
function readCa({ config, references }: Input): Result<VaultCa & { readonly settings: CaSettings }, string> {
  const { keyName: name, keyVersion, signatureAlgorithm, ca, vaultUrl } = config;
  const certificate = certificateSource(config, references.get('caCertificate'));
  if (!certificate.ok) return certificate;
  const bundle = readPemBundle(ca, references.get('ca'), 'keyVault.ca');
  if (!bundle.ok) return bundle;
  const settings: CaSettings = {
    signatureAlgorithmField: 'keyVault.signatureAlgorithm',
    keyWords: `the key "${name}" of ${new URL(vaultUrl).origin}`,
    ...(signatureAlgorithm === undefined ? {} : { signatureAlgorithm }),
    ...(bundle.value === undefined ? {} : { caBundlePem: bundle.value }),
  };
  const key = { name, ...(keyVersion === undefined ? {} : { version: keyVersion }) };
  return ok({ key, certificate: certificate.value, settings });
}

function configError(message: string): Result<never, ConfigProblem> {
  return err({ code: 'ConfigError', message });
}
