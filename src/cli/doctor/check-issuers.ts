import { printable } from '../../lib/printable.ts';
import { formatDuration } from '../../lib/duration.ts';
import { endsSoon } from '../../signers/ca/facts.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { decodePem } from '../../x509/pem.ts';
import type { BadReference } from '../all-references.ts';
import { shellWord } from '../../lib/shell-word.ts';
import type { Facts, IssuerFacts } from './facts.ts';
import { fine, notSeen, type Finding } from './finding.ts';
import { issuerName } from './issuer-ref.ts';
import type { Commands, DoctorOptions } from './options.ts';

/** A controller looks at a new issuer within this time, in milliseconds. */
const newsMs = 60_000;

/** Whether the issuers are ready, and what they refer to is there. */
export function checkIssuers(
  { issuers, now }: Pick<Facts, 'issuers' | 'now'>,
  { namespace }: DoctorOptions,
  commands: Commands,
): readonly Finding[] {
  const found = issuers.flatMap(({ names, found: fact }): Finding[] => {
    if (fact.ok) return fact.value.flatMap((issuer) => judge(issuer, now, commands));
    // That the kind is missing is said of its CRD.
    if (fact.error.code === 'NotFound') return [];
    return [notSeen(`${names.kind} of all names`, 'whether they are ready is not known', fact.error.message)];
  });
  if (found.length > 0) return found;
  const what =
    namespace === undefined ? 'there is no issuer yet' : `there is neither one in namespace ${namespace} nor a cluster issuer`;
  return [fine('NoIssuer', 'Issuers', what)];
}

function judge(issuer: IssuerFacts, now: number, commands: Commands): readonly Finding[] {
  const { key } = issuer.view;
  const where = issuerName(key);
  const references = issuer.bad.map((bad) => judgeReference(where, bad, commands));
  const problem: readonly Finding[] =
    issuer.problem === undefined
      ? []
      : [
          {
            severity: 'error',
            code: issuer.problem.code,
            where,
            what: printable(issuer.problem.message),
            fix: `correct it: ${editCommand(issuer, commands)}`,
          },
        ];
  const isExplained = problem.length + references.length > 0;
  return [...problem, ...references, ...judgeCa(issuer, where, now), judgeStatus(issuer, where, now, isExplained, commands)];
}

/** The command that opens an issuer in an editor. */
export function editCommand({ view: { key } }: IssuerFacts, { kubectl }: Commands): string {
  const namespace = key.namespace === undefined ? '' : ` --namespace ${shellWord(key.namespace)}`;
  return `${kubectl} edit ${key.kind.toLowerCase()} ${shellWord(key.name)}${namespace}`;
}

function judgeReference(where: string, { reference, problem }: BadReference, { kubectl }: Commands): Finding {
  const { kind, namespace, name, field } = reference;
  const words = `${field} names ${kind} "${name}" in namespace "${namespace}"`;
  switch (problem.code) {
    case 'ReferenceNotFound': {
      const what = kind === 'Secret' ? 'secret generic' : 'configmap';
      const from = kind === 'Secret' ? '--from-file KEY=FILE' : '--from-file pki-config.json=FILE';
      const fix = `${kubectl} create ${what} ${shellWord(name)} --namespace ${shellWord(namespace)} ${from}`;
      return { severity: 'error', code: problem.code, where, what: `${words}, which does not exist`, fix };
    }
    case 'ReferenceForbidden':
      return notSeen(
        where,
        `${words}; whether it is there and good is not known`,
        `get ${kind.toLowerCase()}s in ${namespace}`,
      );
    case 'ConfigError': {
      const fix = 'name another Secret, of type Opaque';
      return { severity: 'error', code: problem.code, where, what: printable(problem.message), fix };
    }
    default:
      return problem.code satisfies never;
  }
}

/** The CA that the status shows, where it does. */
function judgeCa({ view: { ca: shown } }: IssuerFacts, where: string, now: number): readonly Finding[] {
  if (shown === undefined) return [];
  const { subject, notAfter } = shown.ca;
  const left = Date.parse(notAfter) - now;
  const name = `its CA "${printable(subject)}"`;
  const validity = { notBefore: beginOf(shown.caCertificate), notAfter: Date.parse(notAfter) };
  if (!endsSoon(validity, now)) return [fine('IssuerCA', where, `${name} is valid until ${printable(notAfter)}`)];
  const ending = left > 0 ? `ends at ${notAfter}, in ${formatDuration(left)}` : `ended at ${notAfter}`;
  const what = `${name} ${printable(ending)}: no certificate outlives its CA, and after that nothing is issued`;
  const fix = 'renew the CA certificate with the same key, or move to a new CA, with the old and the new root in ca meanwhile';
  return [{ severity: 'warning', code: 'CAExpiresSoon', where, what, fix }];
}

/** When a CA certificate begins; of one that cannot be read, nothing is known but its end. */
function beginOf(pem: string): number {
  const blocks = decodePem(pem);
  const [block] = blocks.ok ? blocks.value : [];
  const parsed = block === undefined ? undefined : parseCertificate(block.der);
  return parsed?.ok === true ? parsed.value.notBefore : 0;
}

function judgeStatus(issuer: IssuerFacts, where: string, now: number, isExplained: boolean, commands: Commands): Finding {
  const { ready, generation } = issuer.view;
  const age = now - issuer.createdAt;
  const controllerFix = 'see what is said of the controller above; its log says more';
  if (ready === undefined || ready.observedGeneration !== generation) {
    const stale =
      ready === undefined
        ? `no controller has looked at it since it was made ${formatDuration(Math.max(0, age))} ago`
        : `its status is about version ${ready.observedGeneration ?? 0} of its spec, which is at ${generation}: no controller has looked at the change`;
    const isNew = ready === undefined && age < newsMs;
    return { severity: isNew ? 'warning' : 'error', code: 'IssuerNotSeen', where, what: stale, fix: controllerFix };
  }
  const message = printable(ready.message);
  if (ready.status === 'True') {
    const { checkIntervalMs } = issuer;
    const lastCheck =
      checkIntervalMs === undefined ? '' : ` (the last check may be up to ${formatDuration(checkIntervalMs)} old)`;
    return fine('IssuerReady', where, `ready since ${printable(ready.since)}${lastCheck}: ${message}`);
  }
  const fix = isExplained
    ? 'see what is said of this issuer above'
    : `mend what the message says; the issuer is checked again by itself. To change it: ${editCommand(issuer, commands)}`;
  return {
    severity: 'error',
    code: 'IssuerNotReady',
    where,
    what: `not ready since ${printable(ready.since)}: ${message}`,
    fix,
  };
}
