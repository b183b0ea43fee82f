import { group, issuerKinds } from '../../api/group.ts';
import { readSignerName, signerNameOf } from '../../issuing/signer-name.ts';
import { nearestKey } from '../../lib/nearest-key.ts';
import { printable } from '../../lib/printable.ts';
import { usageError } from '../deps.ts';

/** Signers of Kubernetes that people ask, by what stands after the slash. */
const shortNames: Readonly<Record<string, string>> = { 'kube-apiserver-client': 'kubernetes.io/kube-apiserver-client' };

const forms =
  'write ExternalClusterIssuer/NAME, ExternalIssuer/NAMESPACE/NAME, kube-apiserver-client, or a whole signer name such as ' +
  'externalclusterissuers.external-issuer.io/NAME';

/** The signer name that `--signer` means. @throws {CodedError} `Usage` */
export function readSignerArgument(text: string): string {
  const short = Object.hasOwn(shortNames, text) ? shortNames[text] : undefined;
  if (short !== undefined) return short;
  const [first = '', ...rest] = text.split('/');
  const names = issuerKinds.find(({ kind, shortName }) => [kind.toLowerCase(), shortName].includes(first.toLowerCase()));
  if (names !== undefined) return ofKind(names.kind, names.namespaced, rest, text);
  const named = readSignerName(text);
  if (named !== undefined && 'malformed' in named) throw refused(text, `names no issuer; ${forms}`);
  const misspelt = misspeltDomain(text);
  if (misspelt !== undefined) throw refused(text, `is no signer; did you mean ${misspelt}?`);
  // A domain and a path, as the API server wants it (validation of spec.signerName).
  if (/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\.[a-z0-9-]+\/[A-Za-z0-9][-A-Za-z0-9_.:]*$/.test(text)) return text;
  const meant = nearestKey(first, [...issuerKinds.map(({ kind }) => kind), ...Object.keys(shortNames)]);
  throw refused(text, `is no signer; ${meant === undefined ? '' : `did you mean ${meant}? `}${forms}`);
}

/** Kubernetes' own signers that anybody can ask. */
const kubernetesSigners = ['kube-apiserver-client', 'kube-apiserver-client-kubelet', 'kubelet-serving'].map(
  (name) => `kubernetes.io/${name}`,
);

/** What was meant by a signer of ours, or of Kubernetes, that there is not: nobody would ever sign for it. */
function misspeltDomain(text: string): string | undefined {
  const domain = text.split('/', 1)[0] ?? '';
  if (domain === 'kubernetes.io' && !kubernetesSigners.includes(text))
    return nearestKey(text, kubernetesSigners) ?? kubernetesSigners[0];
  const ours = issuerKinds.map(({ plural }) => `${plural}.${group}`);
  if (!domain.endsWith(group) || ours.includes(domain)) return undefined;
  return `${nearestKey(domain, ours) ?? ours.at(-1)}${text.slice(domain.length)}`;
}

function ofKind(
  kind: (typeof issuerKinds)[number]['kind'],
  namespaced: boolean,
  rest: readonly string[],
  text: string,
): string {
  const [a = '', b = ''] = rest;
  if (rest.some((part) => part !== '' && !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(part))) {
    throw refused(text, `names no issuer; names are of lower-case letters, digits, "-" and "."`);
  }
  if (namespaced && rest.length === 2 && a && b && !a.includes('.')) return signerNameOf({ kind, namespace: a, name: b });
  if (!namespaced && rest.length === 1 && a) return signerNameOf({ kind, name: a });
  throw refused(text, `is not complete; write ${kind}/${namespaced ? 'NAMESPACE/NAME' : 'NAME'}`);
}

function refused(text: string, why: string): Error {
  return usageError(`--signer: "${printable(text.slice(0, 200))}" ${why}`);
}
