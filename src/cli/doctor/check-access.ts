import { issuerKinds } from '../../api/group.ts';
import type { AccessAnswer, Facts, IssuerFacts } from './facts.ts';
import { fine, notSeen, type Finding } from './finding.ts';
import type { Commands, DoctorOptions } from './options.ts';
import { allSignersName, signerNameOf, type AccessQuestion } from './questions.ts';

/** Whether the controller and cert-manager have the rights they need. */
export function checkAccess(
  { access, approver, issuers }: Pick<Facts, 'access' | 'approver' | 'issuers'>,
  options: DoctorOptions,
  commands: Commands,
): readonly Finding[] {
  const { rbac, controllerServiceAccount } = options;
  const controller = `ServiceAccount ${rbac.namespace}/${controllerServiceAccount}`;
  if (!access.ok) return [notSeen(controller, 'whether the controller has its rights is not known', access.error.message)];
  const known = issuers.flatMap(({ found }) => (found.ok ? found.value : []));
  return [
    ...checkController(access.value, controller, commands),
    ...checkRefs(access.value, controller, known, options, commands),
    ...checkTokens(access.value, controller, known, commands),
    ...checkApprover(access.value, known, approver, options, commands),
  ];
}

function checkController(answers: readonly AccessAnswer[], where: string, { applyRbac }: Commands): readonly Finding[] {
  const asked = answers.filter(({ question }) => question.purpose === 'controller' || question.purpose === 'leader-election');
  const missing = asked.filter(({ allowed }) => !allowed);
  if (missing.length === 0) return [fine('ControllerRights', where, 'has the rights of the controller')];
  const byReason = Map.groupBy(missing, ({ question }) => question.reason);
  return [...byReason].map(([reason, some]) => ({
    // Without leader election the Lease is of no use to it.
    severity: some.every(({ question }) => question.purpose === 'leader-election') ? 'warning' : 'error',
    code: 'RightMissing',
    where,
    what: `may not ${wordsOf(some.map(({ question }) => question))}; needed to: ${reason}`,
    fix: applyRbac,
  }));
}

/** `get, list certificaterequests of cert-manager.io`. */
function wordsOf(questions: readonly AccessQuestion[]): string {
  const byResource = Map.groupBy(questions, ({ attributes: { group, resource, subresource } }) => {
    const path = subresource === undefined ? resource : `${resource}/${subresource}`;
    return group === '' ? path : `${path} of ${group}`;
  });
  return [...byResource]
    .map(([what, some]) => `${some.map(({ attributes }) => attributes.verb).join(', ')} ${what}`)
    .join('; ');
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
    const users = known.filter(({ refNamespaces }) => refNamespaces.includes(namespace)).map(({ view }) => nameOf(view.key));
    if (missing.length === 0) return [fine('RefsReadable', where, `may read what issuers refer to in namespace ${namespace}`)];
    const words = wordsOf(missing.map(({ question }) => question));
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
      `${users.map(({ view }) => nameOf(view.key)).join(', ')} would log in`;
    return [{ severity: 'error', code: 'TokenForbidden', where, what, fix: allowTokens(namespace, name) }];
  });
}

/** The right for all issuers of a kind, or for each that there is, will do. */
function checkApprover(
  answers: readonly AccessAnswer[],
  known: readonly IssuerFacts[],
  approver: Facts['approver'],
  { rbac }: DoctorOptions,
  { applyRbac }: Commands,
): readonly Finding[] {
  const where = `ServiceAccount ${rbac.certManagerNamespace}/${rbac.certManagerServiceAccount}`;
  if (!approver.ok && approver.error.code === 'NotFound') {
    const what = 'does not exist, so cert-manager is not there, or elsewhere';
    const fix = 'install cert-manager, or say where it is with --cert-manager-namespace and --cert-manager-service-account';
    return [{ severity: 'error', code: 'CertManagerNotFound', where, what, fix }];
  }
  const allowed = new Set(answers.flatMap(({ question, allowed: yes }) => (yes ? [question.attributes.name] : [])));
  return issuerKinds.flatMap(({ kind }): Finding[] => {
    const everything = allSignersName(kind);
    if (allowed.has(everything)) return [fine('ApproverRights', where, `may approve requests for every ${kind}`)];
    const ofKind = known.filter(({ view }) => view.key.kind === kind);
    const refused = ofKind.filter(({ view }) => !allowed.has(signerNameOf(view.key)));
    if (ofKind.length > 0 && refused.length === 0) {
      return [fine('ApproverRights', where, `may approve requests for each ${kind} that there is`)];
    }
    const which =
      refused.length === 0
        ? `any ${kind}`
        : refused
            .slice(0, 5)
            .map(({ view }) => nameOf(view.key))
            .join(', ');
    const what =
      `may not approve requests for ${which} (verb approve on signers of cert-manager.io, resourceName ${everything}); unless ` +
      'another approver does, they wait for ever';
    return [{ severity: 'error', code: 'ApproverForbidden', where, what, fix: applyRbac }];
  });
}

function nameOf({ kind, namespace, name }: IssuerFacts['view']['key']): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
