import type { HttpFailure } from '../../network/exchange.ts';
import type { Finding } from './finding.ts';

/** Which of the servers gave no answer. */
export type Peer = 'vault' | 'entra';

const names: Readonly<Record<Peer, string>> = { vault: 'the vault', entra: 'Microsoft Entra ID' };

/** Where somebody looks who cannot reach it. */
const lookAt: Readonly<Record<Peer, string>> = {
  vault: 'check keyVault.vaultUrl, the DNS of the cluster, network policies, and the private endpoint if the vault has one',
  entra:
    'tokens come from there: check that network policies and firewalls let the controller reach it, and the DNS of the cluster',
};

/** Says a failure of the network in the words of a vault, whose issuers have no settings of TLS or of the network. Pure. */
export function networkFinding(
  peer: Peer,
  { host, failure }: { readonly host: string; readonly failure: HttpFailure },
): Finding {
  const { code, cause } = failure;
  const name = names[peer];
  // The advice after it names settings of other signers.
  const [happened = ''] = failure.message.split('; ');
  const from = { code, ...(cause === undefined ? {} : { cause }) };
  switch (code) {
    case 'AddressRefused':
      return { ...from, what: `${name} may not be reached: ${failure.message}`, advice: lookAt[peer] };
    case 'CAUnreachable':
      return { ...from, what: `${name} cannot be reached: ${happened}`, advice: lookAt[peer] };
    case 'CATimeout': {
      const what = failure.sent ? `${name} (${host}) does not answer in time` : `${name} (${host}) takes no connection in time`;
      return { ...from, what, advice: lookAt[peer] };
    }
    case 'TLSFailed': {
      const advice =
        'the roots of the system are believed, and those of NODE_EXTRA_CA_CERTS of the controller, where the CA of a proxy belongs that ' +
        'opens TLS';
      return { ...from, what: `${name} is not believed: ${happened}`, advice };
    }
    case 'ProxyFailed':
      return {
        ...from,
        what: `${name} cannot be reached: ${happened}`,
        advice: 'see HTTPS_PROXY and NO_PROXY of the controller',
      };
    case 'CAAnswerTooLarge':
      return {
        ...from,
        what: `the answer of ${name} (${host}) is larger than 1 MiB, or all that it answers at once larger than 16 MiB`,
        advice: 'no vault answers so: check the address',
      };
    default:
      return {
        ...from,
        what: `${name} does not answer itself: ${happened}`,
        advice: 'no vault answers so: check keyVault.vaultUrl',
      };
  }
}
