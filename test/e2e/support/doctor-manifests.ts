import { readFile } from 'node:fs/promises';
import { parseAllDocuments, stringify } from 'yaml';
import type { RbacRule } from '../../../src/api/rbac-rules.ts';
import type { CertificateSigningRequest } from '../../../src/api/signing-request.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: readonly RbacRule[];
}

/** The RBAC as it is shipped. */
export async function shippedRbac(): Promise<string> {
  return await shipped('rbac.yaml');
}

/** The shipped Deployment of the built-in approver alone, without its rights; nothing runs its pods here. */
export async function approverDeployment(): Promise<string> {
  return stringify(manifestsIn(await shipped('approver.yaml')).find(({ kind }) => kind === 'Deployment'));
}

/** The role of the controller without the rights for CertificateSigningRequests, as a version before them shipped it. */
export async function controllerRoleBefore(): Promise<string> {
  const role = manifestsIn(await shippedRbac()).find(({ metadata }) => metadata.name === 'external-issuer-controller-role');
  const later = ['certificates.k8s.io', 'authorization.k8s.io'];
  return stringify({ ...role, rules: role?.rules?.filter(({ apiGroups }) => !later.some((each) => apiGroups.includes(each))) });
}

/** A CertificateSigningRequest for a client that names an ExternalClusterIssuer. @param csr PEM. */
export function signingRequest(name: string, issuer: string, csr: string): CertificateSigningRequest {
  const signerName = `externalclusterissuers.external-issuer.io/${issuer}`;
  const request = Buffer.from(csr).toString('base64');
  return { metadata: { name }, spec: { request, signerName, usages: ['digital signature', 'client auth'] } };
}

async function shipped(file: string): Promise<string> {
  return await readFile(new URL(`../../../deploy/${file}`, import.meta.url), 'utf8');
}

function manifestsIn(yaml: string): readonly Manifest[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);
}
