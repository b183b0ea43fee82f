import { controllerNamespace } from '../../../src/api/group.ts';
import type { ObjectKey } from '../../../src/kube/resource.ts';
import { makeCa, type IssuerName } from './objects.ts';

/** An issuer that cannot be used, and what its status must say. */
export interface IssuerFault {
  readonly what: string;
  readonly name: IssuerName;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly words: RegExp;
  /** A Secret to make first. */
  readonly secret?: {
    readonly key: ObjectKey;
    readonly data: Readonly<Record<string, string>>;
    readonly type: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Faults of issuers whose namespace the controller may read. */
export function issuerFaults(namespace: string): readonly IssuerFault[] {
  const [one, two] = [makeCa('One'), makeCa('Two')];
  const secret = (name: string, data: Readonly<Record<string, string>>): NonNullable<IssuerFault['secret']> => ({
    key: { namespace, name },
    data,
    type: 'Opaque',
  });
  const refused = (name: string, type: string, annotations?: Readonly<Record<string, string>>): IssuerFault => ({
    what: `names a Secret of type ${type}`,
    name: { name },
    fields: { authSecretName: name },
    words: new RegExp(
      `^ConfigError: spec\\.authSecretName names Secret "${name}" in namespace "${controllerNamespace}" of type ${type}, which is never used`,
    ),
    secret: { key: { namespace: controllerNamespace, name }, data: {}, type, ...(annotations && { annotations }) },
  });
  return [
    {
      what: 'is namespaced and names another namespace',
      name: { namespace, name: 'stranger' },
      fields: { authSecretRef: { name: 'a', namespace: 'kube-system' } },
      words:
        /^ConfigError: spec\.authSecretRef\.namespace: is "kube-system", but ExternalIssuer "stranger" in namespace "issuers" may only refer to its own namespace "issuers"/,
    },
    {
      what: 'is namespaced and names a ConfigMap elsewhere',
      name: { namespace, name: 'strange-map' },
      fields: { configMapRef: { name: 'a', namespace: controllerNamespace } },
      words: /^ConfigError: spec\.configMapRef\.namespace: is "external-issuer-system"/,
    },
    {
      what: 'is a cluster issuer and names a namespace that is not allowed',
      name: { name: 'stranger' },
      fields: { authSecretRef: { name: 'a', namespace: 'kube-system' } },
      words:
        /^ConfigError: spec\.authSecretRef\.namespace: is "kube-system", but cluster issuers may only refer to "external-issuer-system", "issuers-allowed"/,
    },
    refused('token', 'kubernetes.io/service-account-token', { 'kubernetes.io/service-account.name': 'default' }),
    refused('bootstrap', 'bootstrap.kubernetes.io/token'),
    refused('release', 'helm.sh/release.v1'),
    {
      what: 'names a Secret without the CA key',
      name: { namespace, name: 'keyless' },
      fields: { authSecretName: 'keyless' },
      words: /^ConfigError: Secret "keyless" in namespace "issuers" has no tls\.key; put the CA certificate in tls\.crt/,
      secret: secret('keyless', { 'tls.crt': one.certificate }),
    },
    {
      what: 'names a Secret with the key of another CA',
      name: { namespace, name: 'mixed' },
      fields: { authSecretName: 'mixed' },
      words: /^ConfigError: Secret "mixed" in namespace "issuers", key tls\.key: it does not belong to any certificate given/,
      secret: secret('mixed', { 'tls.crt': one.certificate, 'tls.key': two.key }),
    },
    {
      what: 'names a Secret that holds no PEM',
      name: { namespace, name: 'garbage' },
      fields: { authSecretName: 'garbage' },
      words: /^ConfigError: Secret "garbage" in namespace "issuers", key tls\.key: it is no PEM private key/,
      secret: secret('garbage', { 'tls.crt': 'a', 'tls.key': 'b' }),
    },
  ];
}
