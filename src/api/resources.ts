import type { KubeObject, Resource } from '../kube/resource.ts';
import type { CertificateRequest } from './certificate-request.ts';
import {
  certManagerGroup,
  externalClusterIssuerNames,
  externalIssuerNames,
  group,
  version,
  type IssuerKindNames,
} from './group.ts';
import type { Issuer } from './issuer.ts';

/** A ConfigMap; `binaryData` is base64. */
export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** A Secret; `data` is base64. */
export interface Secret extends KubeObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

function issuerResource({ kind, plural, namespaced }: IssuerKindNames): Resource<Issuer> {
  return { group, version, kind, plural, namespaced };
}

export const externalIssuers: Resource<Issuer> = issuerResource(externalIssuerNames);

export const externalClusterIssuers: Resource<Issuer> = issuerResource(externalClusterIssuerNames);

export const certificateRequests: Resource<CertificateRequest> = {
  group: certManagerGroup,
  version: 'v1',
  kind: 'CertificateRequest',
  plural: 'certificaterequests',
  namespaced: true,
};

export const configMaps: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

export const secrets: Resource<Secret> = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
