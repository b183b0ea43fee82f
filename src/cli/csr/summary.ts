import type { DecodedRequest } from './decode.ts';
import { remarksOn } from './remarks.ts';

/** A request for programs: `-o json` and `-o yaml` of `csr list` and `csr show`. Texts are as they were written. */
export function summaryOf(request: DecodedRequest): Readonly<Record<string, unknown>> {
  const { name, state, signerName, requester, groups, usages, wantedSeconds, durationProblem, isCA, ageMs, csr, certificate } =
    request;
  const { state: word, ...about } = state;
  return {
    name,
    state: word === 'unapproved' ? 'pending' : word,
    ...('reason' in about ? { reason: about.reason, message: about.message } : {}),
    signerName,
    requester,
    groups,
    ...('problem' in csr ? { problem: csr.problem } : { subject: csr.subject, subjectAltNames: csr.sans, key: csr.key }),
    usages,
    isCA,
    ...(wantedSeconds === undefined ? {} : { expirationSeconds: wantedSeconds }),
    ...(durationProblem === undefined ? {} : { durationProblem }),
    ageSeconds: Math.round(ageMs / 1000),
    ...(certificate === undefined ? {} : { certificate }),
    remarks: remarksOn(request),
  };
}
