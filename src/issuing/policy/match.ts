import type { PolicyRule } from '../../api/policy-fields.ts';
import type { PolicySubject } from './contract.ts';
import { matchesSome } from './patterns.ts';

/** What the user name of a ServiceAccount begins with: `system:serviceaccount:<namespace>:<name>`. */
const accountPrefix = 'system:serviceaccount:';

/** Whether a rule is for a request. Who is not known is nobody: a rule about the requester is not for them. */
export function isFor({ match }: PolicyRule, { namespace, requester }: PolicySubject): boolean {
  const { namespaces, serviceAccounts, users, groups } = match;
  if (namespaces !== undefined && (namespace === undefined || !matchesSome(namespaces, namespace))) return false;
  const account = accountOf(requester?.username);
  if (serviceAccounts !== undefined && (account === undefined || !matchesSome(serviceAccounts, account))) return false;
  if (users !== undefined && (!requester?.username || !matchesSome(users, requester.username))) return false;
  return groups === undefined || (requester?.groups.some((group) => matchesSome(groups, group)) ?? false);
}

/** `namespace/name` of the ServiceAccount that a user name stands for. */
function accountOf(username = ''): string | undefined {
  if (!username.startsWith(accountPrefix)) return undefined;
  const [namespace = '', name = '', ...more] = username.slice(accountPrefix.length).split(':');
  return namespace === '' || name === '' || more.length > 0 ? undefined : `${namespace}/${name}`;
}
