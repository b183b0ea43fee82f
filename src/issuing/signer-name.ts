import { group, issuerKinds } from '../api/group.ts';
import type { IssuerKey } from './request-view.ts';

/** What the signer name of a CertificateSigningRequest says: one of our issuers, or what cannot be one. */
export type NamedSigner = IssuerKey | { readonly malformed: string };

/**
 * Reads `externalclusterissuers.external-issuer.io/<name>` and `externalissuers.external-issuer.io/<namespace>.<name>`: a
 * namespace has no dot (RFC 1123 label), so all after the first one is the name. Undefined where another signer is meant.
 */
export function readSignerName(signerName: string): NamedSigner | undefined {
  const slash = signerName.indexOf('/');
  const names = issuerKinds.find(({ plural }) => signerName.slice(0, slash) === `${plural}.${group}`);
  if (names === undefined || slash < 0) return undefined;
  const path = signerName.slice(slash + 1);
  if (path === '' || path.includes('/')) return { malformed: signerName };
  if (!names.namespaced) return { kind: names.kind, name: path };
  const dot = path.indexOf('.');
  const [namespace, name] = [path.slice(0, Math.max(0, dot)), path.slice(dot + 1)];
  if (namespace === '' || name === '') return { malformed: signerName };
  return { kind: names.kind, namespace, name };
}

/** The signer name under which an issuer is asked for. */
export function signerNameOf({ kind, namespace, name }: IssuerKey): string {
  const plural = issuerKinds.find((names) => names.kind === kind)?.plural ?? '';
  return `${plural}.${group}/${namespace === undefined ? name : `${namespace}.${name}`}`;
}
