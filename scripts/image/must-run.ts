import { run } from '../../test/controlplane/run.ts';

/** Runs a command in a folder. @returns what it wrote. @throws with what it said when it fails or is not there. */
export async function mustRun(command: string, args: readonly string[], cwd: string): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C' };
  const { code, stdout, stderr } = await run(command, args, { cwd, env, timeoutMs: 600_000 });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed (code ${String(code)}):\n${stderr.trim()}`);
  return stdout;
}
