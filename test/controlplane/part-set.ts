import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { partArguments, partNames, type PartName, type PartSettings } from './parts.ts';
import type { Child, ProcessGroup } from './processes.ts';

/** The running parts of one control plane. */
export interface PartSet {
  /** Starts a part that does not run. @throws when it does. */
  start(part: PartName): Child;
  /** Stops a part; one that does not run stays so. */
  stop(part: PartName, how: 'stop' | 'kill'): Promise<void>;
  /** Stops all parts in the order that lets each end cleanly: etcd last. */
  stopAll(): Promise<void>;
  get(part: PartName): Child | undefined;
  pids(): ReadonlyMap<PartName, number>;
  logsTail(part: PartName, lines: number): Promise<string>;
}

/** @param programs the folder with a program for each part. */
export function createPartSet(settings: PartSettings, programs: string, logsDir: string, group: ProcessGroup): PartSet {
  const children = new Map<PartName, Child>();
  const running = (part: PartName) => {
    const child = children.get(part);
    return child?.isRunning() ? child : undefined;
  };
  const logFile = (part: PartName) => join(logsDir, `${part}.log`);
  const stop = async (part: PartName) => await running(part)?.stop();

  return {
    start(part) {
      if (running(part)) throw new Error(`${part} is running already`);
      const child = group.start({
        name: part,
        command: join(programs, part),
        args: partArguments[part](settings),
        // Nothing of the user's: no proxy, no kubeconfig, no setting of Go's.
        env: { PATH: '/usr/bin:/bin', HOME: settings.folder, TMPDIR: settings.folder },
        cwd: settings.folder,
        output: { file: logFile(part) },
      });
      children.set(part, child);
      return child;
    },
    async stop(part, how) {
      await (how === 'kill' ? running(part)?.kill() : stop(part));
    },
    async stopAll() {
      await Promise.all([stop('cert-manager'), stop('kube-controller-manager')]);
      await stop('kube-apiserver');
      await stop('etcd');
    },
    get: running,
    pids: () =>
      new Map(partNames.flatMap((part) => (running(part)?.pid === undefined ? [] : [[part, running(part)?.pid ?? 0]]))),
    async logsTail(part, lines) {
      const log = await readFile(logFile(part), 'utf8').catch(() => '');
      return log.trimEnd().split('\n').slice(-lines).join('\n');
    },
  };
}
