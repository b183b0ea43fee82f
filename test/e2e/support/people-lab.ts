import assert from 'node:assert/strict';
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustKubectl } from '../../controlplane/kubectl.ts';
import { run, type RunResult } from '../../controlplane/run.ts';
import { projectRoot } from '../../unit/support/markdown.ts';
import { createNamespace } from './objects.ts';
import type { Actor, Step } from './people-page.ts';
import { openWorld, type World } from './world.ts';

/** Somebody with a folder and a kubeconfig, who runs what the page says, in a shell. */
export interface Person {
  readonly folder: string;
  readonly kubeconfig: string;
  /** Runs commands; one that fails ends them, and its code is a result. */
  sh(commands: string): Promise<RunResult>;
  /** Runs commands that are to succeed; gives their standard output. */
  must(commands: string): Promise<string>;
}

/** Those of the page, each with rights of their own, on a control plane with a controller. */
export interface PeopleLab {
  readonly world: World;
  /** Who may do everything in the cluster; has the folder of the administrator. */
  readonly owner: Person;
  /** Who may approve, and nothing else. */
  readonly administrator: Person;
  /** Jane on a new machine: with a token of hers, or with no kubeconfig that there is. */
  newJane(machine: string, access?: 'token' | 'none'): Promise<Person>;
  /** Runs steps of the page, each as who is to run it, and between them what `afterStep` does. */
  follow(steps: readonly Step[], jane: Person, afterStep?: (step: Step) => Promise<void>): Promise<void>;
}

const root = fileURLToPath(projectRoot);
const accountNamespace = 'people';

/** Opens a control plane with Jane and the administrator as ServiceAccounts; the namespaces are team-a and team-b. */
export async function openPeopleLab(): Promise<PeopleLab> {
  const world = await openWorld({ auditLog: false });
  const { plane } = world;
  await Promise.all([accountNamespace, 'team-a', 'team-b'].map(async (name) => await createNamespace(world.admin, name)));
  for (const name of ['jane', 'administrator']) {
    await mustKubectl(plane.kubectl, ['create', 'serviceaccount', name, `--namespace=${accountNamespace}`]);
  }
  const tokens = {
    jane: await plane.serviceAccountKubeconfig(accountNamespace, 'jane'),
    administrator: await plane.serviceAccountKubeconfig(accountNamespace, 'administrator'),
  };
  const office = join(plane.dir, 'office');
  await mkdir(office);
  for (const name of ['deploy', 'examples']) await symlink(join(root, name), join(office, name));

  const person = (folder: string, kubeconfig: string): Person => {
    const found = [join(root, 'bin'), dirname(plane.kubectlCommand), dirname(process.execPath), '/usr/bin', '/bin'];
    const env = { PATH: found.join(delimiter), HOME: folder, KUBECONFIG: kubeconfig, KUBERC: 'off' };
    const sh = async (commands: string): Promise<RunResult> => await run('sh', ['-e', '-c', commands], { cwd: folder, env });
    return {
      folder,
      kubeconfig,
      sh,
      async must(commands) {
        const { code, stdout, stderr } = await sh(commands);
        assert.equal(code, 0, `${commands}\n${stdout}\n${stderr}`);
        return stdout;
      },
    };
  };
  const people: Omit<Readonly<Record<Actor, Person>>, 'Jane'> = {
    owner: person(office, plane.kubeconfigPath),
    administrator: person(office, tokens.administrator),
  };
  return {
    world,
    ...people,
    async newJane(machine, access = 'token') {
      const folder = join(plane.dir, machine);
      await mkdir(folder);
      const kubeconfig = join(folder, 'kubeconfig');
      if (access === 'token') await copyFile(tokens.jane, kubeconfig);
      return person(folder, kubeconfig);
    },
    async follow(steps, jane, afterStep = async () => await Promise.resolve()) {
      for (const step of steps) {
        const { actor, commands } = step;
        await (actor === 'Jane' ? jane : people[actor]).must(onThisPlane(commands, plane.server));
        await afterStep(step);
      }
    },
  };
}

/** The groups and the address of the page are ones to replace. */
function onThisPlane(commands: string, server: string): string {
  return commands
    .replaceAll('--group staff', `--serviceaccount ${accountNamespace}:jane`)
    .replaceAll('--group access-admins', `--serviceaccount ${accountNamespace}:administrator`)
    .replaceAll('https://api.example.com:6443', server);
}
