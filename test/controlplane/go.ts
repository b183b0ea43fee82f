import { CodedError } from '../../src/lib/errors.ts';
import type { ProcessGroup } from './processes.ts';
import { run } from './run.ts';
import type { GoModule } from './sources.ts';

/** Why a program of the tests could not be built; the message says what to install or where the output is. */
export type BuildErrorCode = 'GoMissing' | 'GoTooOld' | 'BuildFailed';

/** Where and with what variables the go command runs. */
export interface GoCommand {
  readonly module: GoModule;
  readonly env: NodeJS.ProcessEnv;
  readonly group: ProcessGroup;
}

/** Variables for a build that no setting of the user's changes: no cgo, no workspace, no further flags. */
export function goEnvironment(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...variables, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' };
}

/** The flags of the build, which its list of packages must share. A version of its own is what `/version` answers. */
export function buildFlags(kubernetesVersion: string): string[] {
  const [major = '', minor = ''] = kubernetesVersion.slice(1).split('.');
  const set = Object.entries({ gitVersion: kubernetesVersion, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' });
  const variables = set.map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-trimpath', '-buildvcs=false', `-ldflags=-s -w ${variables.join(' ')}`];
}

/** Whether a version of Go such as `go1.26.8` is at least the wanted `1.26.0`. */
export function isGoAtLeast(found: string, wanted: string): boolean {
  const [major = 0, minor = 0] = found.replace(/^go/, '').split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * Checks that there is a Go new enough for the module.
 * @param what is to be built, for the message. @param instead how to do without it, where that is possible.
 * @throws CodedError GoMissing or GoTooOld, which name what to install.
 */
export async function checkGo({ module, env }: GoCommand, what: string, instead?: string): Promise<void> {
  const install = `install Go ${module.goVersion} or newer and put it in PATH`;
  const remedy = instead === undefined ? install : `${install}, or ${instead}`;
  let result;
  try {
    result = await run('go', ['env', 'GOVERSION'], { env, cwd: module.folder });
  } catch (cause) {
    throw new CodedError<BuildErrorCode>('GoMissing', `${what} is built with Go, which is not in PATH: ${remedy}`, { cause });
  }
  // An older Go may fetch the wanted one by itself, and then answers with that version.
  const found = result.stdout.trim();
  if (result.code === 0 && isGoAtLeast(found, module.goVersion)) return;
  const said = result.code === 0 ? `this is ${found}` : result.stderr.trim().slice(0, 500);
  throw new CodedError<BuildErrorCode>('GoTooOld', `${what} needs Go ${module.goVersion}; ${said}: ${remedy}`);
}

/**
 * Runs a go command to its end, line by line.
 * @returns the lines that `keep` wants.
 * @throws CodedError BuildFailed with its last lines.
 */
export async function goLines(command: GoCommand, args: string[], keep: (line: string) => boolean): Promise<string[]> {
  const kept: string[] = [];
  const last: string[] = [];
  const child = command.group.start({
    name: 'go',
    command: 'go',
    args,
    env: command.env,
    cwd: command.module.folder,
    output: {
      onLine(line) {
        if (keep(line)) kept.push(line);
        last.push(line);
        if (last.length > 20) last.shift();
      },
    },
  });
  const end = await child.ended;
  if (end !== 'exit code 0') {
    throw new CodedError<BuildErrorCode>('BuildFailed', `go ${args[0]} ended with ${end}; its last lines:\n${last.join('\n')}`);
  }
  return kept;
}
