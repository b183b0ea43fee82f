import type { RawOption } from '../../lib/raw-option.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { VaultIdentity } from '../../signers/key-vault/contract.ts';
import { type Cloud, clouds } from '../../signers/key-vault/clouds.ts';
import type { KeyName } from '../../signers/key-vault/find-key.ts';
import { keyVaultSchema } from '../../signers/key-vault/schema.ts';
import { usageError } from '../deps.ts';
import { type Login, logins } from './options.ts';

/** Which vault and key a command is about, as the options say, each checked as in an issuer. */
export interface VaultChoice {
  readonly vaultUrl: string;
  readonly keyName: string;
  readonly keyVersion?: string;
  readonly login: Login;
  readonly cloud?: Cloud;
}

/** Fields of an issuer's `keyVault`; what they say of a value that does not fit is said of the option too. */
const fields = keyVaultSchema.shape;
type CheckedField = 'vaultUrl' | 'keyName' | 'keyVersion';

/**
 * Reads the options by their names without dashes.
 * @throws {CodedError} `Usage`: the message begins with the flag, or the variable, it is about.
 */
export function readVaultChoice(option: (name: string) => RawOption): VaultChoice {
  const vaultUrl = required(option('vault-url'), 'give the address of the vault: https://NAME.vault.azure.net');
  const key = required(option('key'), "give the name of the CA's key in the vault");
  const version = option('key-version');
  const cloud = option('cloud');
  return {
    vaultUrl: checked('vaultUrl', vaultUrl),
    keyName: checked('keyName', key),
    ...(version.given ? { keyVersion: checked('keyVersion', version) } : {}),
    login: oneOf(option('login'), logins),
    ...(cloud.given ? { cloud: oneOf(cloud, clouds) } : {}),
  };
}

/** Checks a value as the field of an issuer. @throws {CodedError} `Usage` */
export function checked(field: CheckedField, { value, from }: Pick<RawOption, 'value' | 'from'>): string {
  const parsed = fields[field].safeParse(value);
  if (parsed.success && parsed.data !== undefined) return parsed.data;
  const reason = parsed.error?.issues[0]?.message ?? 'is empty';
  // Those of patterns are predicates; those of lengths are zod's own sentences.
  throw usageError(
    `${from}: "${value.slice(0, 100)}" ${reason.startsWith('is ') ? reason : `is not as long as it must be: ${reason}`}`,
  );
}

function required(option: RawOption, advice: string): RawOption {
  if (option.value === '') throw usageError(`${option.from}: ${advice}`);
  return option;
}

function oneOf<Name extends string>({ value, from }: RawOption, names: readonly Name[]): Name {
  const name = names.find((known) => known === value);
  if (name === undefined) throw usageError(`${from}: "${value}" is none of ${names.join(', ')}`);
  return name;
}

/** Who asks the vault, by the login and the variables of Azure's own tools; the error is what is missing. */
export function identityOf(login: Login, env: Readonly<Record<string, string | undefined>>): Result<VaultIdentity, string> {
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: secret } = env;
  switch (login) {
    case 'az':
      return ok({ type: 'developer' });
    case 'managed-identity':
      return ok({ type: 'managed', ...(clientId && { clientId }) });
    case 'workload-identity':
      if (tenantId && clientId && env['AZURE_FEDERATED_TOKEN_FILE']) return ok({ type: 'environment', tenantId, clientId });
      return err(
        'takes the variables AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE, which AKS sets in pods with workload ' +
          'identity: set all three, or use another login',
      );
    default:
      if (tenantId && clientId && secret) return ok({ type: 'secret', tenantId, clientId, secret });
      return err(
        'takes the variables AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET: set all three, or use another login',
      );
  }
}

/** A key of the vault by its name, and its version where it is given. */
export function keyNameOf(name: string, version: string | undefined): KeyName {
  return { name, ...(version === undefined ? {} : { version }) };
}
