import { issuerKinds } from '../../api/group.ts';
import { certificateRequests, certificateSigningRequests } from '../../api/resources.ts';
import type { AccessAnswer, Facts, IssuerFacts } from './facts.ts';
import { fine, notSeen, type Finding } from './finding.ts';
import { issuerName } from './issuer-ref.ts';
import type { Commands, DoctorOptions } from './options.ts';
import type { AccessQuestion } from './questions.ts';
import { checkRights, rightsInWords } from './rights.ts';

/** Whether the controller has the rights it needs. */
export function checkAccess(
  { access, issuers }: Pick<Facts, 'access' | 'issuers'>,
  options: DoctorOptions,
  commands: Commands,
): readonly Finding[] {
  const { rbac, controllerServiceAccount } = options;
  const controller = `ServiceAccount ${rbac.namespace}/${controllerServiceAccount}`;
  if (!access.ok) return [notSeen(controller, 'whether the controller has its rights is not known', access.error.message)];
  const known = issuers.flatMap(({ found }) => (found.ok ? found.value : []));
  return [
    ...checkRights(access.value, {
      where: controller,
      purposes: ['controller', 'leader-election'],
      election: 'leader-election',
      fine: ['ControllerRights', 'has the rights of the controller'],
      fix: commands.applyRbac,
      follows: whatFollows,
    }),
    ...checkRefs(access.value, controller, known, options, commands),
    ...checkTokens(access.value, controller, known, commands),
  ];
}

/** A controller that cannot list and watch all its kinds goes on asking, and is never ready. */
function whatFollows(missing: readonly AccessQuestion[]): string | undefined {
  const cannotWatch = (resource: string): boolean =>
    missing.some(({ attributes }) => attributes.resource === resource && ['list', 'watch'].includes(attributes.verb));
  const notReady = 'Until it may, the controller never gets ready (/readyz)';
  if (cannotWatch(certificateSigningRequests.plural)) {
    return (
      `${notReady}: its RBAC is of a version that did not sign CertificateSigningRequests. Where none are to be signed, start it with ` +
      '--request-kinds CertificateRequest.'
    );
  }
  const watched = [certificateRequests.plural, ...issuerKinds.map(({ plural }) => plural)];
  return watched.some(cannotWatch) ? `${notReady}.` : undefined;
}

function checkRefs(
  answers: readonly AccessAnswer[],
  where: string,
  known: readonly IssuerFacts[],
  { rbac }: DoctorOptions,
  commands: Commands,
): readonly Finding[] {
  const asked = answers.filter(({ question }) => question.purpose === 'refs');
  const byNamespace = Map.groupBy(asked, ({ question }) => question.attributes.namespace ?? '');
  return [...byNamespace].flatMap(([namespace, some]): Finding[] => {
    const missing = some.filter(({ allowed }) => !allowed);
    const users = known
      .filter(({ refNamespaces }) => refNamespaces.includes(namespace))
      .map(({ view }) => issuerName(view.key));
    if (missing.length === 0) return [fine('RefsReadable', where, `may read what issuers refer to in namespace ${namespace}`)];
    const words = rightsInWords(missing.map(({ question }) => question));
    const need = users.length === 0 ? 'no issuer refers to anything there yet' : `needed by ${users.slice(0, 5).join(', ')}`;
    return [
      {
        severity: users.length === 0 ? 'warning' : 'error',
        code: 'RefsForbidden',
        where,
        what: `may not ${words} in namespace ${namespace}; ${need}`,
        fix: namespace === rbac.clusterResourceNamespace ? commands.applyRbac : commands.bindRefsReader(namespace),
      },
    ];
  });
}

function checkTokens(
  answers: readonly AccessAnswer[],
  where: string,
  known: readonly IssuerFacts[],
  { allowTokens }: Commands,
): readonly Finding[] {
  return answers.flatMap(({ question, allowed }): Finding[] => {
    if (question.purpose !== 'token' || allowed) return [];
    const { namespace = '', name = '' } = question.attributes;
    const users = known.filter(({ serviceAccount: it }) => it?.namespace === namespace && it.name === name);
    const what =
      `may not make a token of ServiceAccount ${namespace}/${name} (create serviceaccounts/token), with which ` +
      `${users.map(({ view }) => issuerName(view.key)).join(', ')} would log in`;
    return [{ severity: 'error', code: 'TokenForbidden', where, what, fix: allowTokens(namespace, name) }];
  });
}
