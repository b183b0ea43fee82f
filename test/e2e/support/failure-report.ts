import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { partNames } from '../../controlplane/parts.ts';
import type { ControlPlane } from '../../controlplane/types.ts';
import type { ControllerProcess } from './controller-process.ts';
import type { SuiteEnd } from './suite.ts';

const controllerLines = 20;
const partLines = 8;

/**
 * Stops a control plane. Where the suite has failed, it first writes to standard error how all logs end, and keeps the
 * files of a control plane of the tests' own, with the controllers' whole logs beside those of its parts.
 * @param controllers all that were started, those too that have ended.
 */
export async function stopPlane(
  plane: ControlPlane,
  { failed }: SuiteEnd,
  controllers: readonly ControllerProcess[] = [],
): Promise<void> {
  if (failed) process.stderr.write(await reportLogs(plane, controllers));
  await plane.stop(failed && plane.owned ? { keepFiles: true } : {});
}

async function reportLogs(plane: ControlPlane, controllers: readonly ControllerProcess[]): Promise<string> {
  const sections = ['\nA test failed. How the logs end:\n'];
  for (const [index, { pid, logs }] of controllers.entries()) {
    const lines = logs.map((line) => `${JSON.stringify(line)}\n`);
    if (plane.owned) await writeFile(join(plane.logsDir, `controller-${index + 1}.log`), lines.join(''));
    sections.push(`--- controller ${index + 1} (pid ${pid})\n${lines.slice(-controllerLines).join('')}`);
  }
  for (const part of plane.owned ? partNames : []) {
    sections.push(`--- ${part}\n${(await plane.logsTail(part, partLines)).trimEnd()}\n`);
  }
  return sections.join('');
}
