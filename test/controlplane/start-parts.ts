import { join } from 'node:path';
import { mustKubectl, type Kubectl } from './kubectl.ts';
import type { PartSet } from './part-set.ts';
import type { PartName } from './parts.ts';
import type { Prepared } from './prepare.ts';
import { untilAnswered } from './readiness.ts';
import { writeServiceAccountKubeconfig } from './service-accounts.ts';
import type { Timings } from './timings.ts';

/** What a start needs besides the parts. */
export interface StartPartsOptions {
  readonly parts: PartSet;
  readonly prepared: Prepared;
  readonly kubectl: Kubectl;
  /** The folder of cert-manager's CRDs. */
  readonly crds: string;
  readonly timings: Timings;
}

const readyTimeoutMs = 120_000;

/** Waits for a path of the API server while the given parts run. */
async function untilServed(parts: PartSet, { server, settings }: Prepared, path: string, needed: readonly PartName[]) {
  const needs = needed.flatMap((part) => parts.get(part) ?? []);
  if (needs.length < needed.length) throw new Error(`${needed.find((part) => !parts.get(part))} does not run`);
  await untilAnswered({ server, path, pki: settings.pki, timeoutMs: readyTimeoutMs, needs });
}

/** Waits until the API server is ready. @throws when it or etcd ends first. */
export async function untilApiReady(parts: PartSet, prepared: Prepared): Promise<void> {
  await untilServed(parts, prepared, '/readyz', ['etcd', 'kube-apiserver']);
}

/** Installs cert-manager's CRDs, rights and service account, and writes the kubeconfig it runs with. */
async function installCertManager({ kubectl, crds, prepared }: StartPartsOptions): Promise<void> {
  const rbac = join(import.meta.dirname, 'cert-manager-rbac.yaml');
  await mustKubectl(kubectl, ['create', '--validate=false', `--filename=${rbac}`, `--filename=${crds}`]);
  const account = { namespace: 'cert-manager', name: 'cert-manager', duration: '8760h' };
  await Promise.all([
    writeServiceAccountKubeconfig(kubectl, account, prepared.settings.kubeconfigs.certManager),
    mustKubectl(kubectl, ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']),
  ]);
}

/** Starts all parts of a new control plane and resolves when cert-manager runs and the controllers are at work. */
export async function startParts(options: StartPartsOptions): Promise<void> {
  const { parts, prepared, timings } = options;
  parts.start('etcd');
  parts.start('kube-apiserver');
  await untilApiReady(parts, prepared);
  timings.mark('API server ready');
  parts.start('kube-controller-manager');
  await installCertManager(options);
  parts.start('cert-manager');
  timings.mark('cert-manager installed');
  // The first thing that shows the controllers at work, and what each new namespace needs.
  await untilServed(parts, prepared, '/api/v1/namespaces/default/serviceaccounts/default', [
    'kube-controller-manager',
    'cert-manager',
  ]);
  timings.mark('total');
}
