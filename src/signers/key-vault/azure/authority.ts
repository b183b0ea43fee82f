import { AzureAuthorityHosts } from '@azure/identity';
import { err, ok, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import { type Cloud, clouds } from '../clouds.ts';
import type { AzureDeps, VaultSettings } from '../contract.ts';
import { federatedAudiences } from '../schema-auth.ts';

/** Where tokens come from. */
export interface Authority {
  /** https://HOST, without a slash at the end. */
  readonly origin: string;
  /** host[:port], for messages. */
  readonly host: string;
  /** One of Azure's clouds: others cannot be asked whether they are one. */
  readonly isKnown: boolean;
  /** What tokens are for that it takes in place of a secret. */
  readonly federatedAudience: string;
}

const hosts: Readonly<Record<Cloud, string>> = {
  public: AzureAuthorityHosts.AzurePublicCloud,
  usGovernment: AzureAuthorityHosts.AzureGovernment,
  china: AzureAuthorityHosts.AzureChina,
};

/** That of the issuer, else that of the environment (AZURE_AUTHORITY_HOST, as workload identity sets it), else the public cloud. */
export function authorityOf(cloud: VaultSettings['cloud'], env: AzureDeps['env']): Result<Authority, ConfigProblem> {
  const named = cloud === undefined ? env['AZURE_AUTHORITY_HOST'] || hosts.public : hosts[cloud];
  if (!URL.canParse(named) || new URL(named).protocol !== 'https:') {
    const message = 'AZURE_AUTHORITY_HOST of the controller is not an address: write it as https://login.microsoftonline.com/';
    return err({ code: 'ConfigError', message });
  }
  const { origin, host } = new URL(named);
  const known = clouds.find((each) => hosts[each] === origin);
  return ok({ origin, host, isKnown: known !== undefined, federatedAudience: federatedAudiences[known ?? 'public'] });
}
