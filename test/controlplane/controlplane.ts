import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildControlPlane } from './build.ts';
import { readEnvironment } from './environment.ts';
import { useGivenCluster } from './given-cluster.ts';
import { startOwnPlane } from './own-plane.ts';
import type { ControlPlane, ControlPlaneOptions } from './types.ts';

/**
 * Starts a control plane on free loopback ports and resolves when it serves, about 10 s later; or uses the cluster
 * that the user gave. Whatever way this process ends, the parts end with it.
 * @throws when it cannot be built or does not come up; the message has the tail of the log at fault.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const environment = options.environment ?? readEnvironment();
  const stream = options.stream ?? process.stderr;
  const kubeconfig = options.kubeconfig ?? environment.givenKubeconfig;
  const makeFolder = async () => await mkdtemp(join(tmpdir(), 'external-issuer-controlplane-'));
  if (kubeconfig !== undefined) return await useGivenCluster({ kubeconfig, environment, stream, makeFolder });

  const built = await buildControlPlane(environment, stream);
  return await startOwnPlane({
    built,
    stream,
    makeFolder,
    keepFiles: environment.keepFiles,
    auditLog: options.auditLog ?? false,
    durable: options.durable ?? false,
    workloads: options.workloads ?? false,
    verbose: options.verbose ?? false,
    certManagerBackoff: { min: options.certManagerMinBackoff ?? '1h', max: options.certManagerMaxBackoff ?? '32h' },
  });
}
