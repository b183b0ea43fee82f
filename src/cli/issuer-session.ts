import type { CallContext } from '../signers/signer.ts';
import type { SignerDefinition } from '../signers/definition.ts';
import { printable } from '../lib/printable.ts';
import { type CliDeps, commandFailure, usageError } from './deps.ts';
import type { IssuerFlags } from './issuer-options.ts';
import { loadManifests } from './manifests.ts';
import { openIssuer, type OpenedIssuer } from './open-issuer.ts';
import { readTokenStandIn } from './token-stand-in.ts';

/**
 * Opens the issuer of the files, says on standard error what its users must know, does `work` with it and closes it.
 * @param namespace where an ExternalIssuer is whose manifest does not say.
 * @throws {CodedError} `Failed` with every problem of the files, one a line.
 */
export async function withIssuer<T>(
  flags: IssuerFlags,
  deps: CliDeps,
  signers: readonly SignerDefinition[],
  work: (issuer: OpenedIssuer) => Promise<T>,
  namespace?: string,
): Promise<T> {
  if (flags.file.filter((file) => file === '-').length > 1) throw usageError('-f: standard input (-) can be read once only');
  const manifests = await loadManifests(flags.file, flags.issuer, deps.stdin);
  if (!manifests.ok) throw problemsFailure(manifests.error);
  const { clock, stdin, stderr, signal } = deps;
  const requestToken =
    flags.serviceAccountToken === undefined
      ? undefined
      : await readTokenStandIn(flags.serviceAccountToken, { stdin, now: clock.now });
  const opened = await openIssuer(manifests.value, flags, { signers, requestToken, namespace }, signal);
  if (!opened.ok) throw problemsFailure(opened.error);
  for (const note of manifests.value.notes) stderr.write(`note: ${printable(note)}\n`);
  for (const warning of opened.value.warnings) stderr.write(`warning: ${printable(warning)}\n`);
  try {
    return await work(opened.value);
  } finally {
    await opened.value.signer.close();
  }
}

const marks = { sent: '> ', answered: '< ', read: '= ' } as const;

/** Where -v is given: what writes each entry to standard error, a mark before each line (`>` sent, `<` answered, `=` read). */
export function traceTo({ stderr }: Pick<CliDeps, 'stderr'>, verbose: boolean): Pick<CallContext, 'trace'> {
  if (!verbose) return {};
  return {
    trace: ({ part, text }) => {
      const lines = text.replace(/\n$/, '').split(/\r?\n/);
      stderr.write(lines.map((line) => `${marks[part]}${printable(line)}`.trimEnd()).join('\n') + '\n');
    },
  };
}

function problemsFailure(problems: readonly string[]): Error {
  return commandFailure(problems.map(printable).join('\nerror: '));
}
