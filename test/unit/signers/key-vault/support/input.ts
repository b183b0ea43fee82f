import { parseConfigValue } from '../../../../../src/api/config-document.ts';
import { type KeyVaultConfig, keyVaultBlock } from '../../../../../src/signers/key-vault/schema.ts';
import type { ReferencedData, SignerInput } from '../../../../../src/signers/signer.ts';

export const tenantId = '11111111-1111-4111-8111-111111111111';
export const clientId = '22222222-2222-4222-8222-222222222222';

/** A configuration as a document has it, which no API server has looked at. */
export function config(block: object = {}): KeyVaultConfig {
  const written = { vaultUrl: 'https://team.vault.azure.net', keyName: 'ca', ...block };
  const parsed = parseConfigValue(keyVaultBlock, written, 'ConfigMap "ca"');
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value as KeyVaultConfig;
}

/** A Secret of the issuer's namespace. */
export function secret(data: Readonly<Record<string, string | Uint8Array>>): ReferencedData {
  const entries = Object.entries(data).map(([key, value]) => [key, Buffer.from(value)] as const);
  return { where: 'Secret "login" in namespace "team-a"', data: new Map(entries) };
}

/** What a cluster issuer with that block is opened with. */
export function input(block: object = {}, rest: Partial<SignerInput<KeyVaultConfig>> = {}): SignerInput<KeyVaultConfig> {
  return {
    config: config(block),
    issuerUid: 'uid',
    issuer: { kind: 'ExternalClusterIssuer', name: 'ca' },
    references: new Map(),
    ...rest,
  };
}

/** Who such an issuer is in a namespace. */
export const namespaced = { issuer: { kind: 'ExternalIssuer', name: 'ca', namespace: 'team-a' } } as const;
