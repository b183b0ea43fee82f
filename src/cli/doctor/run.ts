import { issuerCrds } from '../../api/crd.ts';
import { createKubeClient } from '../../kube/client.ts';
import { loadConnection } from '../../kube/config/load.ts';
import { createTransport } from '../../kube/transport.ts';
import { createSigners } from '../../signers/registry.ts';
import type { SignersDeps } from '../../signers/registry.ts';
import type { CliDeps } from '../deps.ts';
import { approverOf } from './approver-state.ts';
import { checkAccess } from './check-access.ts';
import { checkApproval } from './check-approval.ts';
import { checkApprover } from './check-approver.ts';
import { checkController } from './check-controller.ts';
import { checkCrds } from './check-crds.ts';
import { checkIdentity } from './check-identity.ts';
import { checkIssuers } from './check-issuers.ts';
import { checkPolicy } from './check-policy.ts';
import { checkRequests } from './check-requests.ts';
import { checkSigningRequests } from './check-signing-requests.ts';
import { collectFacts } from './collect.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import { commandsFor, type DoctorOptions } from './options.ts';
import { countOf, renderJson, renderText } from './render.ts';

/** Looks at the cluster and writes what was found; exit code 1 where that holds an error. */
export async function runDoctor(
  options: DoctorOptions,
  output: 'text' | 'json',
  signersDeps: SignersDeps,
  deps: CliDeps,
): Promise<void> {
  const { env, clock, signal, version } = deps;
  const signers = createSigners(signersDeps);
  const connection = await loadConnection({ kubeconfig: options.kubeconfig, context: options.context, env }, { clock });
  try {
    const client = createKubeClient(createTransport(connection, `external-issuer-doctor/${version}`, clock));
    const facts = await collectFacts(options, { client, signers, now: clock.now }, signal);
    const findings = diagnose(facts, options, issuerCrds(signers), deps.invocation);
    deps.stdout.write(output === 'json' ? renderJson(findings) : renderText(findings));
    if (countOf(findings).error > 0) deps.setExitCode(1);
  } finally {
    await connection.close();
  }
}

/** All findings, from the ground up: what comes first is often the cause of what comes later. */
export function diagnose(
  facts: Facts,
  options: DoctorOptions,
  expected: ReturnType<typeof issuerCrds>,
  invocation: string,
): readonly Finding[] {
  const commands = commandsFor(options, invocation, approverOf(facts).runs ? 'built-in' : 'cert-manager');
  return [
    ...checkCrds(facts, expected, commands),
    ...checkController(facts, options, commands),
    ...checkAccess(facts, options, commands),
    ...checkApprover(facts, options, commands),
    ...checkApproval(facts, options, commands),
    ...checkIdentity(facts, options, commands),
    ...checkIssuers(facts, options, commands),
    ...checkPolicy(facts, commands),
    ...checkRequests(facts, options, commands),
    ...checkSigningRequests(facts, options, commands),
  ];
}
