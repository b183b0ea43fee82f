import type { RbacRule, UrlRule } from './rbac-rules.ts';

/**
 * What a process needs to look up who reads its metrics.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication
 */
export const metricsAuthRules: readonly RbacRule[] = [
  {
    reason: 'Ask whose token it is that a reader of the metrics shows.',
    apiGroups: ['authentication.k8s.io'],
    resources: ['tokenreviews'],
    verbs: ['create'],
  },
  {
    reason: 'Ask whether that reader may read the metrics.',
    apiGroups: ['authorization.k8s.io'],
    resources: ['subjectaccessreviews'],
    verbs: ['create'],
  },
];

/** What a reader needs, such as Prometheus, where it is looked up. */
export const metricsReaderRules: readonly UrlRule[] = [
  { reason: 'Read the metrics of the controller and of the approver.', nonResourceURLs: ['/metrics'], verbs: ['get'] },
];
