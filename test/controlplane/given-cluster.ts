import { access, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CodedError } from '../../src/lib/errors.ts';
import { buildControlPlane } from './build.ts';
import type { HarnessEnvironment } from './environment.ts';
import { currentCluster, hasKubectl, kubectlFor } from './kubectl.ts';
import type { ProgressStream } from './progress.ts';
import { writeServiceAccountKubeconfig } from './service-accounts.ts';
import type { ControlPlane } from './types.ts';

export interface GivenClusterOptions {
  readonly kubeconfig: string;
  readonly environment: HarnessEnvironment;
  readonly stream: ProgressStream;
  readonly makeFolder: () => Promise<string>;
}

/** A test asked for something that only a control plane started by the harness can do. */
function notOurs(what: string) {
  return async () =>
    await Promise.reject(
      new CodedError(
        'NotOwned',
        `cannot ${what} of a given cluster: skip this test where \`owned\` is false (EXTERNAL_ISSUER_TEST_KUBECONFIG is set)`,
      ),
    );
}

/**
 * Uses a cluster that the user gave: nothing is installed, started or stopped. Its own kubectl is used where there is one.
 * @throws when the kubeconfig cannot be used or cert-manager is not installed in the cluster.
 */
export async function useGivenCluster(options: GivenClusterOptions): Promise<ControlPlane> {
  const { environment, stream } = options;
  const kubeconfig = resolve(options.kubeconfig);
  await access(kubeconfig).catch((cause: unknown) => {
    throw new Error(
      `cannot read the kubeconfig of the cluster to test on, ${kubeconfig}: check EXTERNAL_ISSUER_TEST_KUBECONFIG`,
      { cause },
    );
  });
  const env = environment.variables;
  const command = (await hasKubectl(env)) ? 'kubectl' : (await buildControlPlane(environment, stream)).kubectl;
  const kubectl = kubectlFor(command, kubeconfig, env);
  const { server } = await currentCluster(kubectl);
  const crd = await kubectl(['get', 'crd', 'certificaterequests.cert-manager.io', '--request-timeout=20s']);
  if (crd.code !== 0) {
    throw new Error(
      `cert-manager must be installed in the cluster of ${kubeconfig} (${server}): ${crd.stderr.trim().slice(0, 500)}`,
    );
  }
  const dir = await options.makeFolder();
  return {
    owned: false,
    kubeconfigPath: kubeconfig,
    server,
    dir,
    logsDir: dir,
    auditLogPath: undefined,
    timings: {},
    kubectlCommand: command,
    kubectl,
    async serviceAccountKubeconfig(namespace, name) {
      const path = join(dir, `${namespace}.${name}.kubeconfig`);
      await writeServiceAccountKubeconfig(kubectl, { namespace, name, duration: '24h' }, path);
      return path;
    },
    trustClientCa: notOurs('change the client CAs'),
    pids: () => new Map(),
    startPart: notOurs('start a part'),
    stopPart: notOurs('stop a part'),
    startCertManager: notOurs('start cert-manager'),
    stopCertManager: notOurs('stop cert-manager'),
    logsTail: async (part) => await Promise.resolve(`(the log of ${part} in a given cluster is not at hand)`),
    async stop({ keepFiles = environment.keepFiles } = {}) {
      if (!keepFiles) await rm(dir, { recursive: true, force: true });
    },
  };
}
