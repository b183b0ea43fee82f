import { approvers } from '../../../src/api/rbac-rules.ts';
import { requestKindNames } from '../../../src/issuing/request-view.ts';
import { signerBlocks } from '../../../src/signers/registry.ts';

/** A part of a JSON schema (draft 7). */
export type Schema = Readonly<Record<string, unknown>>;

/** Whatever Kubernetes takes there: it is checked by the API server. */
const object: Schema = { type: 'object' };
const objects: Schema = { type: 'array', items: object };
const stringMap: Schema = { type: 'object', additionalProperties: { type: 'string' } };

const namePattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const name: Schema = { type: 'string', pattern: `^${namePattern}$`, maxLength: 63 };
const nameOrEmpty: Schema = { type: 'string', pattern: `^(${namePattern})?$`, maxLength: 63 };
/** Names of Secrets and ServiceAccounts may have dots. */
const subdomainOrEmpty: Schema = { type: 'string', pattern: `^(${namePattern}(\\.${namePattern})*)?$`, maxLength: 253 };
const port: Schema = { type: 'integer', minimum: 1, maximum: 65_535 };
/** What listens without root may listen from here on. */
const unprivilegedPort: Schema = { type: 'integer', minimum: 1024, maximum: 65_535 };
const address = '([0-9]{1,3}\\.){3}[0-9]{1,3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*';
const cidr: Schema = { type: 'string', pattern: `^(${address})/[0-9]{1,3}$` };
const addresses: Schema = list({ type: 'string', pattern: `^(${address})(/[0-9]{1,3})?$` });
const flags: Schema = list({ type: 'string', pattern: '^--[a-z]' });
const url: Schema = { type: 'string', pattern: '^(https?://.+)?$' };
const uuidOrEmpty: Schema = {
  type: 'string',
  pattern: '^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$',
};
const interval: Schema = { type: 'string', pattern: '^([0-9]+(ms|s|m|h))+$' };
const count: Schema = { type: 'integer', minimum: 1, maximum: 100 };
const workers: Schema = { type: 'integer', minimum: 1, maximum: 1000 };
const quantities: Schema = { type: 'object', additionalProperties: { type: ['string', 'number'] } };
const resources: Schema = closed({ requests: quantities, limits: quantities, claims: objects });
const seconds: Schema = { type: 'integer', minimum: 0 };
const probe: Schema = closed({
  initialDelaySeconds: seconds,
  periodSeconds: { type: 'integer', minimum: 1 },
  timeoutSeconds: { type: 'integer', minimum: 1 },
  failureThreshold: { type: 'integer', minimum: 1 },
});

function list(items: Schema): Schema {
  return { type: 'array', items, uniqueItems: true };
}

function choices(values: readonly string[]): Schema {
  return { ...list({ type: 'string', enum: values }), minItems: 1 };
}

function closed(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: 'object', properties, additionalProperties: false, ...(required.length === 0 ? {} : { required }) };
}

/**
 * What values may be, beyond the type of their default; by the path in values.yaml, or by the last word of it where all values of
 * that name are alike. What is below a path that is named here has no description of its own.
 */
export const valueShapes: Readonly<Record<string, Schema>> = {
  'image.repository': { type: 'string', pattern: '^([^\\s:@/]+(:[0-9]+)?(/[^\\s:@/]+)*)?$' },
  'image.tag': { type: 'string', pattern: '^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$' },
  'image.digest': { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
  'image.pullPolicy': { type: 'string', enum: ['Always', 'IfNotPresent', 'Never'] },
  imagePullSecrets: { type: 'array', items: closed({ name: { type: 'string', minLength: 1 } }, ['name']) },
  nameOverride: nameOrEmpty,
  fullnameOverride: nameOrEmpty,
  commonLabels: stringMap,
  commonAnnotations: stringMap,
  labels: stringMap,
  annotations: stringMap,
  podLabels: stringMap,
  podAnnotations: stringMap,
  replicas: count,
  requestKinds: choices(requestKindNames),
  signers: choices(signerBlocks.map(({ type }) => type)),
  clusterResourceNamespace: nameOrEmpty,
  allowedReferenceNamespaces: list(name),
  maxConcurrentReconciles: workers,
  logLevel: { type: 'string', enum: ['debug', 'info', 'warn', 'error'] },
  'network.allowCaAddresses': addresses,
  'network.denyCaAddresses': addresses,
  'proxy.httpProxy': url,
  'proxy.httpsProxy': url,
  extraArgs: flags,
  extraEnv: objects,
  extraEnvFrom: objects,
  extraVolumes: objects,
  extraVolumeMounts: objects,
  'serviceAccount.name': subdomainOrEmpty,
  'approver.serviceAccount.name': subdomainOrEmpty,
  'workloadIdentity.clientId': uuidOrEmpty,
  'workloadIdentity.tenantId': uuidOrEmpty,
  'rbac.issuerNamespaces': list(name),
  'rbac.serviceAccountTokens': {
    type: 'array',
    items: closed({ namespace: name, name: { ...subdomainOrEmpty, minLength: 1 } }, ['namespace', 'name']),
  },
  'approver.type': { type: 'string', enum: approvers },
  'approver.certManager.namespace': name,
  'approver.certManager.serviceAccountName': { ...subdomainOrEmpty, minLength: 1 },
  'podDisruptionBudget.maxUnavailable': {
    type: ['integer', 'string'],
    minimum: 1,
    pattern: '^([1-9][0-9]?|100)%$',
  },
  updateStrategy: object,
  podSecurityContext: object,
  apiVersion: { type: 'string', pattern: '^[a-z0-9.-]+/v[a-z0-9]+$' },
  'metrics.prometheusRule.runbookUrlPrefix': url,
  topologySpreadConstraints: objects,
  affinity: object,
  nodeSelector: stringMap,
  tolerations: objects,
  resources,
  terminationGracePeriodSeconds: { type: 'integer', minimum: 1 },
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  'networkPolicy.apiServer.cidrs': list(cidr),
  'networkPolicy.apiServer.ports': list(port),
  'networkPolicy.dns.to': objects,
  'networkPolicy.dns.ports': list(port),
  'networkPolicy.ca': { type: 'array', items: closed({ cidr, ports: list(port) }, ['cidr']) },
  'networkPolicy.extraEgress': objects,
  'networkPolicy.metricsFrom': objects,
  'metrics.port': unprivilegedPort,
  'metrics.secure.certificateSecretName': subdomainOrEmpty,
  interval,
  scrapeTimeout: interval,
  endpoint: object,
  'statusPage.port': unprivilegedPort,
  'mockca.port': port,
  'mockca.keyAlgorithm': { type: 'string', enum: ['RSA', 'ECDSA', 'Ed25519'] },
  'mockca.caSecretName': subdomainOrEmpty,
};
