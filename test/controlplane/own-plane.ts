import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../src/lib/errors.ts';
import type { BuiltControlPlane } from './build.ts';
import { createClientCaTrust } from './client-cas.ts';
import { kubectlFor, type Kubectl } from './kubectl.ts';
import { createPartSet, type PartSet } from './part-set.ts';
import { partNames } from './parts.ts';
import { prepare, type Prepared, type PrepareOptions } from './prepare.ts';
import { createProcessGroup, type ProcessGroup } from './processes.ts';
import type { ProgressStream } from './progress.ts';
import { writeServiceAccountKubeconfig } from './service-accounts.ts';
import { startParts, untilApiReady } from './start-parts.ts';
import { createTimings, type Timings } from './timings.ts';
import type { ControlPlane } from './types.ts';

export interface OwnPlaneOptions extends PrepareOptions {
  readonly built: BuiltControlPlane;
  readonly stream: ProgressStream;
  readonly makeFolder: () => Promise<string>;
  /** Logs and data stay after the end. */
  readonly keepFiles: boolean;
  readonly verbose: boolean;
}

/** What one control plane consists of. */
interface Plane {
  readonly dir: string;
  readonly group: ProcessGroup;
  readonly prepared: Prepared;
  readonly parts: PartSet;
  readonly kubectl: Kubectl;
  readonly timings: Timings;
}

const portTries = 5;
const portTaken = 'address already in use';

/** The end of each log that has something to say. */
async function logTails(parts: PartSet, lines: number): Promise<string> {
  const tails: string[] = [];
  for (const part of partNames) {
    const tail = await parts.logsTail(part, lines);
    if (tail !== '') tails.push(`--- ${part}\n${tail}\n`);
  }
  return tails.join('');
}

async function end({ dir, group, parts }: Plane, keep: 'all' | 'logs' | 'nothing'): Promise<void> {
  await parts.stopAll();
  if (keep === 'logs') await rm(join(dir, 'etcd'), { recursive: true, force: true });
  if (keep === 'nothing') await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  group.close();
}

async function assemble(options: OwnPlaneOptions): Promise<Plane> {
  const dir = await options.makeFolder();
  const group = createProcessGroup();
  group.onExit(() => {
    if (!options.keepFiles) rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  });
  const timings = createTimings(options.verbose ? options.stream : undefined);
  const prepared = await prepare(dir, options);
  timings.mark('keys and certificates');
  const parts = createPartSet(prepared.settings, options.built.folder, prepared.logsDir, group);
  // Nothing of the user's reaches kubectl: no preferences, no proxy, no cache of another cluster on the same port.
  const env = { PATH: '/usr/bin:/bin', HOME: dir, KUBECACHEDIR: join(dir, 'kubectl-cache'), KUBERC: 'off' };
  return { dir, group, prepared, parts, kubectl: kubectlFor(options.built.kubectl, prepared.adminKubeconfig, env), timings };
}

function present(plane: Plane, options: OwnPlaneOptions): ControlPlane {
  const { dir, parts, prepared, kubectl, timings } = plane;
  let ended: Promise<void> | undefined;
  const startPart: ControlPlane['startPart'] = async (part) => {
    parts.start(part);
    if (part === 'kube-apiserver') await untilApiReady(parts, prepared);
  };
  const stopPart: ControlPlane['stopPart'] = async (part, how = 'stop') => await parts.stop(part, how);
  return {
    owned: true,
    kubeconfigPath: prepared.adminKubeconfig,
    server: prepared.server,
    dir,
    logsDir: prepared.logsDir,
    auditLogPath: prepared.auditLogPath,
    timings: timings.all(),
    kubectlCommand: options.built.kubectl,
    kubectl,
    async serviceAccountKubeconfig(namespace, name) {
      const path = join(dir, `${namespace}.${name}.kubeconfig`);
      await writeServiceAccountKubeconfig(kubectl, { namespace, name, duration: '24h' }, path);
      return path;
    },
    trustClientCa: createClientCaTrust(prepared.settings.pki.clientCas, kubectl),
    pids: parts.pids,
    startPart,
    stopPart,
    stopCertManager: async () => await stopPart('cert-manager'),
    startCertManager: async () => await startPart('cert-manager'),
    logsTail: async (part, lines = 40) => await parts.logsTail(part, lines),
    async stop({ keepFiles = options.keepFiles } = {}) {
      ended ??= end(plane, keepFiles ? 'all' : 'nothing').then(() => {
        if (keepFiles) options.stream.write(`control plane: logs and data are kept in ${dir}\n`);
      });
      await ended;
    },
  };
}

/**
 * Starts a control plane; with other ports where another process took one in the meantime.
 * @throws when it does not come up: why, where its logs are kept, and their last lines.
 */
export async function startOwnPlane(options: OwnPlaneOptions): Promise<ControlPlane> {
  for (let tries = 1; ; tries++) {
    const plane = await assemble(options);
    try {
      await startParts({ ...plane, crds: options.built.crds });
      return present(plane, options);
    } catch (error) {
      const retry = tries < portTries && (await logTails(plane.parts, 200)).includes(portTaken);
      await end(plane, retry ? 'nothing' : 'logs');
      if (!retry) {
        const where = `logs are kept in ${plane.prepared.logsDir}, their last lines:\n${await logTails(plane.parts, 12)}`;
        throw new Error(`the control plane did not start: ${messageOf(error)}; ${where}`, { cause: error });
      }
      options.stream.write('control plane: another process took one of its ports, trying others\n');
    }
  }
}
