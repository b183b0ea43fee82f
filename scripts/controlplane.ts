import { once } from 'node:events';
import { dirname } from 'node:path';
import { messageOf } from '../src/lib/errors.ts';
import { startControlPlane } from '../test/controlplane/controlplane.ts';
import { readEnvironment } from '../test/controlplane/environment.ts';
import { hasKubectl } from '../test/controlplane/kubectl.ts';
import type { ControlPlane } from '../test/controlplane/types.ts';

/** `make controlplane`: the control plane of the tests, to work with by hand, until Ctrl-C. */

function introduction(plane: ControlPlane, kubectl: string): string {
  const lines = [
    '',
    plane.owned
      ? `A Kubernetes API server with cert-manager is up at ${plane.server}, started in ${((plane.timings['total'] ?? 0) / 1000).toFixed(1)} s.`
      : `The given cluster at ${plane.server} is used; nothing was started.`,
    `  kubeconfig  ${plane.kubeconfigPath}`,
    ...(plane.owned ? [`  logs        ${plane.logsDir}`] : []),
    '',
    'Try in another terminal:',
    `  export KUBECONFIG=${plane.kubeconfigPath}${kubectl === 'kubectl' ? '' : ` PATH=$PATH:${dirname(kubectl)}`}`,
    '  kubectl apply --server-side -f deploy/crds.yaml -f deploy/rbac.yaml',
    '  make run    # the controller, from the sources; :8080, :8081 and :8082 must be free',
    '',
    "Without cert-manager's webhook, which is not part of this: nobody checks who approves a request.",
    '',
    ...(plane.owned ? ['Ctrl-C ends it and removes its files.', ''] : []),
  ];
  return lines.join('\n');
}

async function firstSignal(): Promise<void> {
  const waiting = new AbortController();
  // A listener for a signal does not keep Node running.
  const timer = setInterval(() => undefined, 60_000);
  const { signal } = waiting;
  await Promise.race((['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map(async (name) => await once(process, name, { signal })));
  waiting.abort();
  clearInterval(timer);
}

try {
  const environment = readEnvironment();
  const plane = await startControlPlane({ environment, verbose: true });
  const kubectl = (await hasKubectl(environment.variables)) ? 'kubectl' : plane.kubectlCommand;
  process.stdout.write(introduction(plane, kubectl));
  if (plane.owned) {
    await firstSignal();
    process.stderr.write('\ncontrol plane: ending (Ctrl-C again: at once)\n');
  }
  await plane.stop();
} catch (error) {
  process.stderr.write(`controlplane: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
