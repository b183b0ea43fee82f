import { afterEach } from 'node:test';
import { readEnvironment } from '../../controlplane/environment.ts';

/** What a suite tells whoever closes what it opened. */
export interface SuiteEnd {
  /** A test or a hook failed, so the logs are of interest. */
  readonly failed: boolean;
}

/**
 * Notes how the tests of a suite end, those of the suites in it too. To be called in the body of `describe`; what it
 * returns is for its `after`. A suite of which no test came to its end has failed before the first, in a hook.
 */
export function watchSuite(): () => SuiteEnd {
  const passed: unknown[] = [];
  // The types know the property of a test from Node 21.7 on only as that of a suite.
  afterEach((context) => void passed.push(Reflect.get(context, 'passed')));
  return () => ({ failed: passed.length === 0 || passed.includes(false) });
}

/** For `skip` of a test or a suite: the reason, where `EXTERNAL_ISSUER_TEST_KUBECONFIG` names a cluster to test on. */
export function onGivenCluster(reason: string): string | false {
  return readEnvironment().givenKubeconfig === undefined ? false : `on a given cluster: ${reason}`;
}

export const withoutAuditLog = onGivenCluster('its audit log is not at hand');
export const withoutParts = onGivenCluster('its parts and its cert-manager are not to be stopped');
