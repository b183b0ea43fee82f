import type { ResolvedIssuer } from '../../issuing/resolve-issuer.ts';
import type { PkiConfig } from '../../signers/http-pki/schema/schema.ts';
import type { KeyVaultConfig } from '../../signers/key-vault/schema.ts';
import type { IssuerFacts } from './facts.ts';

/** With whose identity an issuer logs in, where that is not in a Secret. @param namespace of its references. */
export function loginOf(
  { definition, input }: Pick<ResolvedIssuer, 'definition' | 'input'>,
  namespace: string,
): Pick<IssuerFacts, 'serviceAccount' | 'workloadIdentity'> {
  if (definition.block === 'pki') return accountOf((input.config as PkiConfig).auth.login?.serviceAccountRef?.name, namespace);
  if (definition.block !== 'keyVault') return {};
  const { type, serviceAccountRef, clientId } = (input.config as KeyVaultConfig).auth;
  if (type !== 'workloadIdentity') return {};
  if (serviceAccountRef !== undefined) return accountOf(serviceAccountRef.name, namespace);
  return { workloadIdentity: { hasClientId: clientId !== undefined } };
}

function accountOf(name: string | undefined, namespace: string): Pick<IssuerFacts, 'serviceAccount'> {
  return name === undefined ? {} : { serviceAccount: { name, namespace } };
}
