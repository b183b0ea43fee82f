import { controllerServiceAccount } from '../../api/group.ts';
import { defaultRbacOptions } from '../../api/rbac-rules.ts';
import { isKubeError } from '../../kube/api-error.ts';
import { messageOf } from '../../lib/errors.ts';
import { printable } from '../../lib/printable.ts';
import { withCluster, type ClusterFlags } from '../cluster.ts';
import { type CliDeps, commandFailure } from '../deps.ts';
import { commandsFor } from '../doctor/options.ts';
import { undecidedExitCode } from '../exit-codes.ts';
import { styleFor } from '../text/style.ts';
import { renderStructured } from '../text/structured.ts';
import { certificateRequestStatus, certificateStatus, signingRequestStatus } from './collect.ts';
import type { JudgeDeps } from './judge.ts';
import { renderStatus } from './render.ts';
import { shownText, type StatusReport, type Verdict } from './report.ts';

/** What `request status` is told. */
export interface StatusFlags extends ClusterFlags {
  readonly output: 'json' | 'text' | 'yaml';
  readonly certManagerNamespace: string;
  readonly certManagerServiceAccount: string;
}

/** Whose status is asked for. */
export type StatusSubject =
  | { readonly kind: 'certificate' | 'certificaterequest'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'csr'; readonly name: string };

const exitCodes: Readonly<Record<Verdict['state'], number>> = { issued: 0, failed: 1, waiting: undecidedExitCode };

/** Says how a request stands: exit code 0 where there is a certificate, 3 where one may still come, else 1. */
export async function runStatus(subject: StatusSubject, flags: StatusFlags, deps: CliDeps): Promise<void> {
  await withCluster(flags, deps, async ({ client }) => await statusWith(client, subject, flags, deps));
}

/** As {@link runStatus}, with a client. @throws {CodedError} `Failed` where the object is not there. */
export async function statusWith(
  client: JudgeDeps['client'],
  subject: StatusSubject,
  flags: StatusFlags,
  deps: Pick<CliDeps, 'clock' | 'env' | 'invocation' | 'setExitCode' | 'signal' | 'stdout'>,
): Promise<void> {
  const { stdout, env, clock, invocation, signal } = deps;
  const found = await statusOf(subject, { client, ...judging(flags, invocation), invocation, now: clock.now() }, signal);
  const report = { ...found, verdict: printableVerdict(found.verdict) };
  stdout.write(flags.output === 'text' ? renderStatus(report, styleFor(stdout, env)) : renderStructured(report, flags.output));
  deps.setExitCode(exitCodes[report.verdict.state]);
}

/** Commands to copy hold names that others wrote, quoted for a shell but not for a terminal. */
function printableVerdict({ state, why, fix }: Verdict): Verdict {
  return { state, why: printable(why), ...(fix === undefined ? {} : { fix: printable(fix) }) };
}

function judging(flags: StatusFlags, invocation: string): Pick<JudgeDeps, 'approver' | 'commands'> {
  const { certManagerNamespace, certManagerServiceAccount, kubeconfig, context } = flags;
  const commands = commandsFor(
    {
      rbac: { ...defaultRbacOptions, certManagerNamespace, certManagerServiceAccount },
      controllerServiceAccount,
      allowedReferenceNamespaces: [],
      patienceMs: 0,
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(context === undefined ? {} : { context }),
    },
    invocation,
  );
  return { commands, approver: { namespace: certManagerNamespace, name: certManagerServiceAccount } };
}

async function statusOf(subject: StatusSubject, deps: JudgeDeps, signal: AbortSignal): Promise<StatusReport> {
  try {
    if (subject.kind === 'csr') return await signingRequestStatus(subject.name, deps, signal);
    if (subject.kind === 'certificate') return await certificateStatus(subject, deps, signal);
    return await certificateRequestStatus(subject, deps, signal);
  } catch (cause) {
    if (!isKubeError(cause, 'NotFound')) throw cause;
    throw commandFailure(`${subject.kind} ${shownText(subject.name)} is not there: ${shownText(messageOf(cause))}`, { cause });
  }
}
