import { group, type IssuerKind } from '../../../src/api/group.ts';
import type { Issuer } from '../../../src/api/issuer.ts';
import type { Condition } from '../../../src/api/conditions.ts';
import { externalClusterIssuers, externalIssuers, secrets, type Secret } from '../../../src/api/resources.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { events, type KubeEvent } from '../../../src/kube/event.ts';
import type { KubeObject, ObjectKey, Resource } from '../../../src/kube/resource.ts';
import { openssl } from '../../unit/x509/tools.ts';

/** cert-manager's Certificate, as far as tests read it. */
export interface Certificate extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: { readonly conditions?: readonly Condition[]; readonly revision?: number };
}

export const certificates: Resource<Certificate> = {
  group: 'cert-manager.io',
  version: 'v1',
  kind: 'Certificate',
  plural: 'certificates',
  namespaced: true,
};

const namespaces: Resource<KubeObject> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

interface RoleBinding extends KubeObject {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
}

const roleBindings: Resource<RoleBinding> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
};

/** Makes a namespace; the controller may read what issuers refer to there only after {@link allowReferences}. */
export async function createNamespace(admin: KubeClient, name: string): Promise<void> {
  await admin.create(namespaces, { metadata: { name } });
}

/** Makes the RoleBinding that the shipped manifests ask for in each namespace whose issuers refer to something. */
export async function allowReferences(admin: KubeClient, namespace: string): Promise<void> {
  await admin.create(roleBindings, {
    metadata: { name: 'external-issuer-refs', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'external-issuer-refs-reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'external-issuer-controller', namespace: 'external-issuer-system' }],
  });
}

/** An issuer that tests make: without a namespace it is an ExternalClusterIssuer. */
export interface IssuerName {
  readonly namespace?: string;
  readonly name: string;
}

export function issuerKindOf({ namespace }: IssuerName): IssuerKind {
  return namespace === undefined ? 'ExternalClusterIssuer' : 'ExternalIssuer';
}

export function issuerResourceOf(issuer: IssuerName): Resource<Issuer> {
  return issuerKindOf(issuer) === 'ExternalIssuer' ? externalIssuers : externalClusterIssuers;
}

/** What a request or a Certificate says of that issuer. */
export function issuerRefOf(issuer: IssuerName): { readonly group: string; readonly kind: string; readonly name: string } {
  return { group, kind: issuerKindOf(issuer), name: issuer.name };
}

/** Makes a mockca issuer with these further fields and no others, or changes the one that is there; gives it as it is then. */
export async function applyIssuer(
  admin: KubeClient,
  issuer: IssuerName,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<Issuer> {
  const object = { metadata: issuer, spec: { signerType: 'mockca', ...fields } } as unknown as Issuer;
  return await admin.apply(issuerResourceOf(issuer), object, { fieldManager: 'test' });
}

/** A CA for a Secret of type kubernetes.io/tls, PEM. */
export interface CaFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a CA with openssl, as the example with a Secret tells users to. */
export function makeCa(commonName: string): CaFiles {
  const key = openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']);
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
  const args = ['req', '-x509', '-new', '-key', 'ca.key', '-days', '30', '-subj', `/CN=${commonName}`];
  const certificate = openssl([...args, ...extensions.flatMap((text) => ['-addext', text])], { 'ca.key': key });
  return { certificate, key };
}

/** Makes a Secret with a CA, or replaces the CA in it. */
export async function applyCaSecret(admin: KubeClient, key: ObjectKey, ca: CaFiles): Promise<void> {
  await applySecret(admin, key, { 'tls.crt': ca.certificate, 'tls.key': ca.key }, 'kubernetes.io/tls');
}

/** Makes or changes a Secret; without a type it is Opaque. */
export async function applySecret(
  admin: KubeClient,
  key: ObjectKey,
  data: Readonly<Record<string, string>>,
  type = 'Opaque',
  annotations: Readonly<Record<string, string>> = {},
): Promise<void> {
  const encoded = Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')] as const);
  const object: Secret = { metadata: { ...key, annotations }, type, data: Object.fromEntries(encoded) };
  await admin.apply(secrets, object, { fieldManager: 'test' });
}

/** The events about an object, of whichever kind. */
export async function eventsAbout(
  admin: KubeClient,
  { namespace = 'default', name }: ObjectKey,
): Promise<readonly KubeEvent[]> {
  const { items } = await admin.list(events, { namespace });
  return items.filter(({ regarding }) => regarding.name === name);
}
