import type { IssuerKindNames } from '../../api/group.ts';
import { parseIssuerSpec } from '../../api/issuer-settings.ts';
import type { Issuer } from '../../api/issuer.ts';
import { viewIssuer } from '../../issuing/issuer-view.ts';
import { createReferenceReader } from '../../issuing/references.ts';
import { resolveIssuer } from '../../issuing/resolve-issuer.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { SignerDefinition } from '../../signers/definition.ts';
import { readAllReferences } from '../all-references.ts';
import type { IssuerFacts } from './facts.ts';
import { loginOf } from './logins.ts';
import type { DoctorOptions } from './options.ts';

/** What {@link lookAtIssuer} needs from outside. */
export interface LookDeps {
  readonly client: KubeClient;
  readonly signers: readonly SignerDefinition[];
}

/** Reads an issuer as the controller does, and goes on where a reference leads nowhere. */
export async function lookAtIssuer(
  names: IssuerKindNames,
  object: Issuer,
  { rbac, allowedReferenceNamespaces: allowedNamespaces }: DoctorOptions,
  { client, signers }: LookDeps,
  signal: AbortSignal,
): Promise<IssuerFacts> {
  const view = viewIssuer(names, object);
  const references = readAllReferences(createReferenceReader(client));
  const resolution = await resolveIssuer(
    view,
    {
      signers,
      enabled: new Set(signers.map(({ type }) => type)),
      scope: { clusterResourceNamespace: rbac.clusterResourceNamespace, allowedNamespaces },
      read: references.read,
    },
    signal,
  );
  const { bad } = references;
  const { result } = resolution;
  const known = result.ok || bad.some(({ problem }) => problem.message === result.error.message);
  return {
    view,
    createdAt: Date.parse(object.metadata.creationTimestamp ?? ''),
    ...settingsOf(object, signers),
    refNamespaces: [...new Set(resolution.references.map(({ namespace }) => namespace))],
    ...(result.ok ? loginOf(result.value, view.key.namespace ?? rbac.clusterResourceNamespace) : {}),
    bad,
    ...(known ? {} : { problem: result.error }),
  };
}

function settingsOf({ spec }: Issuer, signers: readonly SignerDefinition[]): Pick<IssuerFacts, 'checkIntervalMs' | 'policy'> {
  const parsed = parseIssuerSpec(spec, signers);
  if (!parsed.ok) return {};
  const { policy, healthCheck } = parsed.value;
  return { policy, ...(healthCheck.enabled ? { checkIntervalMs: healthCheck.intervalMs } : {}) };
}
