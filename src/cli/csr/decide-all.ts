import { conditionTypes } from '../../api/group.ts';
import { certificateSigningRequests } from '../../api/resources.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { isKubeError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { printable } from '../../lib/printable.ts';
import { type CliDeps, commandFailure } from '../deps.ts';
import { shellWord } from '../../lib/shell-word.ts';
import type { ReportFormat } from '../text/report.ts';
import { renderStructured } from '../text/structured.ts';
import { styleFor } from '../text/style.ts';
import { decisionFailure } from './decide-refusal.ts';
import { type Decision, judgeRequest, type Judgement } from './decide-state.ts';
import type { Remark } from './remarks.ts';

/** How to decide. */
export interface DecideOptions {
  /** For the requester, in the condition. */
  readonly message: string;
  /** Approves what is dangerous; the remarks are warnings then. */
  readonly force: boolean;
  /** Absent: text, a line when each is decided. */
  readonly output?: ReportFormat;
}

/** What became of one request, for programs. */
interface Decided {
  readonly name: string;
  readonly result: 'approved' | 'denied' | 'unchanged';
}

/** Where the requests are, and what is to be said of one that is to be approved. */
export interface DecideSources {
  readonly client: Pick<KubeClient, 'get' | 'replace'>;
  readonly remarksOn: (request: CertificateSigningRequest) => readonly Remark[];
}

interface Looked {
  readonly request: CertificateSigningRequest;
  readonly remarks: readonly Remark[];
  readonly judgement: Judgement;
}

/** How often a request that somebody else changes meanwhile is looked at again. */
const mostTries = 4;

/**
 * Decides about requests. All are looked at before one is decided: where one is refused, none is.
 * @throws {CodedError} `Failed`: the message tells of each that is refused.
 */
export async function decideAll(
  decision: Decision,
  names: readonly string[],
  options: DecideOptions,
  sources: DecideSources,
  deps: Pick<CliDeps, 'env' | 'invocation' | 'signal' | 'stderr' | 'stdout'>,
): Promise<void> {
  const look = async (name: string): Promise<Looked> => {
    const found = await lookAt(decision, name, options.force, sources, deps);
    tell(name, found, options.force, deps);
    return found;
  };
  const looked: [name: string, Looked][] = [];
  const refusals: string[] = [];
  for (const name of new Set(names)) {
    try {
      const found = await look(name);
      looked.push([name, found]);
      if (found.judgement.judgement === 'refused') refusals.push(`${printable(name)} ${found.judgement.text}`);
    } catch (error) {
      if (!isKubeError(error, 'NotFound')) throw error;
      refusals.push(`${printable(name)} is not there: ${printable((error as Error).message)}`);
    }
  }
  if (refusals.length > 0) throw commandFailure(refusalText(decision, new Set(names).size, refusals, looked, deps.invocation));
  const { output = 'text' } = options;
  const done: Decided[] = [];
  for (const [name, found] of looked) {
    const again = async (): Promise<Looked> => await look(name);
    done.push(await decideOne(decision, found, options, { client: sources.client, look: again }, deps));
  }
  if (output !== 'text') deps.stdout.write(renderStructured(done, output));
}

async function lookAt(
  decision: Decision,
  name: string,
  force: boolean,
  { client, remarksOn }: DecideSources,
  { signal }: Pick<CliDeps, 'signal'>,
): Promise<Looked> {
  const request = await client.get(certificateSigningRequests, { name }, { signal });
  const remarks = decision === 'approve' ? remarksOn(request) : [];
  const dangerous = remarks.filter(({ severity }) => severity === 'dangerous');
  return { request, remarks, judgement: judgeRequest(decision, request, dangerous, force) };
}

/** What the approver should know of a request that is about to be approved. */
function tell(
  name: string,
  { remarks, judgement }: Looked,
  force: boolean,
  { stderr, env }: Pick<CliDeps, 'stderr' | 'env'>,
): void {
  if (judgement.judgement !== 'decide') return;
  const style = styleFor(stderr, env);
  for (const { severity, text } of remarks) {
    const word = severity === 'dangerous' && force ? style.bad('warning') : style.warn('note');
    stderr.write(`${word}: ${printable(name)}: ${printable(text)}\n`);
  }
}

function refusalText(
  decision: Decision,
  count: number,
  refusals: readonly string[],
  looked: readonly (readonly [string, Looked])[],
  invocation: string,
): string {
  const none = count > 1 ? `None of the ${count} requests was ${pastOf(decision)}. ` : '';
  const forceable = looked.find(([, { judgement }]) => judgement.judgement === 'refused' && judgement.forceable);
  const hint =
    forceable === undefined
      ? ''
      : `${invocation} csr show ${shellWord(forceable[0])} shows all of it. Give --force only where you know why it must be so.`;
  return `${refusals.join('\n')}${refusals.length > 1 ? '\n' : ' '}${none}${hint}`.trimEnd();
}

async function decideOne(
  decision: Decision,
  first: Looked,
  { message, output = 'text' }: DecideOptions,
  { client, look }: { readonly client: Pick<KubeClient, 'replace'>; readonly look: () => Promise<Looked> },
  { stdout, stderr, signal, invocation, env }: Pick<CliDeps, 'env' | 'invocation' | 'signal' | 'stderr' | 'stdout'>,
): Promise<Decided> {
  const say = (text: string): void => {
    if (output === 'text') stdout.write(text);
  };
  let found = first;
  for (let tries = 1; ; tries += 1) {
    const { request, judgement } = found;
    const name = printable(request.metadata.name);
    if (judgement.judgement === 'refused') throw commandFailure(`${name} ${judgement.text}`);
    if (judgement.judgement === 'done') {
      say(`${name} ${judgement.text}\n`);
      return { name: request.metadata.name, result: 'unchanged' };
    }
    try {
      // With the resourceVersion that was judged: annotations, which bear on what is signed, can change.
      await client.replace(certificateSigningRequests, decided(decision, request, message), {
        subresource: 'approval',
        signal,
      });
    } catch (error) {
      if (!isKubeError(error, 'Conflict') || tries >= mostTries) throw decisionFailure(decision, request, error);
      found = sameAsSeen(found, await look());
      continue;
    }
    const style = styleFor(stdout, env);
    say(`${name} ${decision === 'approve' ? style.good('approved') : style.bad('denied')}\n`);
    if (decision === 'approve' && output === 'text') {
      stderr.write(`Its requester gets the certificate with: ${invocation} csr get ${shellWord(request.metadata.name)}\n`);
    }
    return { name: request.metadata.name, result: decision === 'approve' ? 'approved' : 'denied' };
  }
}

/** What was looked at is what is decided about: not another request of the name, nor one about which there is more to say now. */
function sameAsSeen(seen: Looked, now: Looked): Looked {
  const said = ({ remarks }: Looked): string => remarks.map(({ text }) => text).join(' ');
  if (seen.request.metadata.uid === now.request.metadata.uid && said(seen) === said(now)) return now;
  throw commandFailure(
    `${printable(now.request.metadata.name)} was changed while it was decided about; look at it again, and repeat`,
  );
}

function decided(decision: Decision, request: CertificateSigningRequest, message: string): CertificateSigningRequest {
  const [type, reason] =
    decision === 'approve' ? [conditionTypes.approved, 'ApprovedByPerson'] : [conditionTypes.denied, 'DeniedByPerson'];
  const condition = { type, status: 'True' as const, reason, message };
  return { ...request, status: { ...request.status, conditions: [...(request.status?.conditions ?? []), condition] } };
}

function pastOf(decision: Decision): string {
  return decision === 'approve' ? 'approved' : 'denied';
}
