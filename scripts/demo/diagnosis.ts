import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../src/lib/errors.ts';
import type { ControlPlane } from '../../test/controlplane/types.ts';
import type { ControllerProcess } from '../../test/e2e/support/controller-process.ts';
import { StepError } from './account.ts';
import type { Stage } from './stage.ts';

const kinds = 'externalclusterissuers,externalissuers,certificates,certificaterequests';
const logLines = 15;
const eventLines = 12;

/** What went wrong, each cause on a line of its own. */
export function causesOf(error: unknown): string {
  const what = error instanceof StepError ? `The demo failed at "${error.step}".` : 'The demo failed.';
  const causes: string[] = [];
  let cause = error instanceof StepError ? error.cause : error;
  for (; cause !== undefined && causes.length < 5; cause = cause instanceof Error ? cause.cause : undefined) {
    causes.push(`  ${messageOf(cause)}`);
  }
  return `${what}\n${causes.join('\n')}\n`;
}

/** What helps to find out why: the state of the cluster, its last events, the ends of the logs, and where all of them are kept. */
export async function diagnose({ plane, controller }: Stage): Promise<string> {
  if (plane === undefined) return '';
  const sections = [section('Issuers, Certificates and their requests', await ask(plane, ['get', kinds, '--output=wide']))];
  sections.push(section('Last events', lastOf(await ask(plane, ['events']), eventLines)));
  if (controller !== undefined) sections.push(await controllerLog(plane, controller));
  if (plane.owned) sections.push(section('The end of cert-manager’s log', await plane.logsTail('cert-manager', logLines)));
  return sections.join('');
}

async function ask({ kubectl }: ControlPlane, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await kubectl([...args, '--all-namespaces', '--request-timeout=10s']);
  return `${stdout}${stderr}`;
}

async function controllerLog({ logsDir, owned }: ControlPlane, { logs }: ControllerProcess): Promise<string> {
  const lines = logs.map((line) => JSON.stringify(line));
  const file = join(logsDir, 'controller.log');
  if (owned) await writeFile(file, lines.map((line) => `${line}\n`).join(''));
  return section(`The end of the controller’s log${owned ? ` (all of it: ${file})` : ''}`, lines.slice(-logLines).join('\n'));
}

function lastOf(text: string, lines: number): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

function section(title: string, text: string): string {
  const body = text.trimEnd();
  return `\n--- ${title}\n${body === '' ? '(nothing)' : body}\n`;
}
