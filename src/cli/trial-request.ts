import { ok } from '../lib/result.ts';
import type { Policy } from '../api/policy-fields.ts';
import { policyProblem } from '../issuing/policy/check-policy.ts';
import { checkRequest, type RequestProblem } from '../issuing/check-request.ts';
import type { IssuerView, RequestView } from '../issuing/request-view.ts';
import { parseDuration } from '../lib/duration.ts';
import { printable } from '../lib/printable.ts';
import type { SignRequest } from '../signers/signer.ts';
import type { Csr } from '../x509/csr.ts';
import { commandFailure, usageError } from './deps.ts';
import type { SignWish } from './sign-input.ts';

/** The options of `sign` that only make sense with an issuer, as they are written. */
export interface TrialFlags {
  readonly dryRun: boolean;
  readonly timeout: string;
  readonly name: string;
  readonly namespace?: string;
  readonly annotation?: readonly string[];
  readonly label?: readonly string[];
  readonly revision?: string;
}

/** What {@link TrialFlags} say, read. */
export interface Trial {
  readonly timeoutMs: number;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

const revisionAnnotation = 'cert-manager.io/certificate-revision';

/** Reads the options. @throws {CodedError} `Usage`, which names the option. */
export function readTrialFlags(flags: TrialFlags): Trial {
  const timeout = parseDuration(flags.timeout);
  if (!timeout.ok) throw usageError(`--timeout: ${timeout.error}`);
  const { revision } = flags;
  if (revision !== undefined && !/^[1-9][0-9]{0,8}$/.test(revision)) {
    throw usageError(`--revision: "${printable(revision.slice(0, 40))}" is not a whole number from 1 on`);
  }
  const annotations = pairsOf('--annotation', flags.annotation);
  return {
    timeoutMs: timeout.value,
    name: flags.name,
    annotations: revision === undefined ? annotations : { ...annotations, [revisionAnnotation]: revision },
    labels: pairsOf('--label', flags.label),
  };
}

function pairsOf(option: string, pairs: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw usageError(`${option}: "${printable(pair.slice(0, 60))}" is not written as key=value`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/**
 * The request as it would be in a cluster, checked as the controller checks it.
 * @param uid new for each run: to a CA, two runs are two requests.
 * @throws {CodedError} `Usage` for a namespace the issuer does not serve, `Failed` for a request that would be refused, by the policy too.
 */
export function makeTrialRequest(
  csr: Csr,
  issuer: IssuerView,
  wish: SignWish & { readonly isCA: boolean; readonly namespace: string | undefined },
  trial: Trial,
  { uid, now, policy }: { readonly uid: string; readonly now: number; readonly policy: Policy },
): SignRequest {
  const own = issuer.key.namespace;
  if (own !== undefined && wish.namespace !== undefined && wish.namespace !== own) {
    throw usageError(
      `--namespace: is "${printable(wish.namespace)}", but an ExternalIssuer signs only for its own namespace, "${own}"`,
    );
  }
  const view: RequestView = {
    kind: 'CertificateRequest',
    uid,
    namespace: own ?? wish.namespace ?? 'default',
    name: trial.name,
    resourceVersion: '',
    createdAt: now,
    issuer: issuer.key,
    approval: 'approved',
    csr: Buffer.from(csr.pem).toString('base64'),
    duration: ok(wish.durationSeconds),
    usages: wish.usages,
    isCA: wish.isCA,
    annotations: trial.annotations,
    labels: trial.labels,
  };
  const checked = checkRequest(view, now);
  if (!checked.ok) throw refused(checked.error);
  const problem = policyProblem(view, checked.value, policy);
  if (problem !== undefined) throw refused(problem);
  return checked.value;
}

function refused({ code, message }: RequestProblem): Error {
  const hint = code === 'CsrDiffersFromSpec' ? ' Here --usage stands for spec.usages, and --is-ca for spec.isCA.' : '';
  return commandFailure(`the request would fail: ${code}: ${message}${hint}`);
}
