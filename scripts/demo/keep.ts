import { mkdir, symlink } from 'node:fs/promises';
import { hasKubectl } from '../../test/controlplane/kubectl.ts';
import type { HarnessEnvironment } from '../../test/controlplane/environment.ts';
import type { ControlPlane } from '../../test/controlplane/types.ts';
import type { Account } from './account.ts';
import { demoFolder, type Started } from './start.ts';

/** Tells how to use the cluster from another shell, and waits until the demo is interrupted. */
export async function keepUp(
  account: Account,
  { plane, controller }: Started,
  environment: HarnessEnvironment,
  signal: AbortSignal,
): Promise<void> {
  account.heading('It stays up until Ctrl-C');
  account.say(`  kubeconfig  ${plane.kubeconfigPath}`);
  if (plane.owned) account.say(`  logs        ${plane.logsDir}`);
  account.say('\n  In another shell, first:\n');
  account.say(`export KUBECONFIG='${plane.kubeconfigPath}'`);
  for (const line of await kubectlLines(plane, environment)) account.say(line);
  for (const [what, command] of commands) account.say(`\n  ${what}\n\n${command}`);
  account.say('');
  const interrupted = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => interrupted.resolve(undefined), { once: true });
  if (signal.aborted) return;
  const ended = await Promise.race([controller.ended.then((code) => ({ code })), interrupted.promise]);
  // Ctrl-C reaches the controller too, which may be done before this process has seen the signal.
  if (ended !== undefined && !(await soonAborted(interrupted.promise))) {
    throw new Error(`the controller ended by itself, with code ${ended.code}`);
  }
}

const commands = [
  ['All there is:', 'kubectl get externalclusterissuers,externalissuers,certificates,certificaterequests,secrets -A'],
  [
    'A certificate in full:',
    String.raw`kubectl get secret gateway-tls -n pki-demo -o jsonpath='{.data.tls\.crt}' | base64 -d | openssl x509 -noout -text`,
  ],
  [
    'Take a Secret away; a second later cert-manager has had a new certificate signed:',
    'kubectl delete secret gateway-tls -n pki-demo',
  ],
] as const;

/** The machine's kubectl is good enough; else that of the control plane is put into PATH, and nothing else with it. */
async function kubectlLines(plane: ControlPlane, environment: HarnessEnvironment): Promise<readonly string[]> {
  if (await hasKubectl(environment.variables)) return [];
  const folder = demoFolder(plane, 'bin');
  await mkdir(folder, { recursive: true });
  await symlink(plane.kubectlCommand, `${folder}/kubectl`);
  return [`export PATH='${folder}':"$PATH"`];
}

async function soonAborted(interrupted: Promise<undefined>): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, 300, false));
  return await Promise.race([interrupted.then(() => true), late]);
}
