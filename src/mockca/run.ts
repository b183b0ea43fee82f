import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { aborted } from '../lib/aborted.ts';
import type { Clock } from '../lib/clock.ts';
import { CodedError, messageOf } from '../lib/errors.ts';
import { type AuthorityDeps, type CertificateAuthority, createAuthority } from '../signers/mock-ca/authority.ts';
import { authorityInFolder } from './ca-files.ts';
import type { ApiContext } from './context.ts';
import { certificateFaults } from './faults.ts';
import { faultyAuthority } from './faulty-authority.ts';
import { faultInjector, spoil, tokenGuard } from './guards.ts';
import { answer } from './handler.ts';
import { idempotentWork } from './idempotency.ts';
import { openJournal } from './journal.ts';
import { momentText } from '../lib/moment.ts';
import { createLogger, type Logger } from '../lib/log.ts';
import { pendingRequests } from './pending.ts';
import type { Reply } from './reply.ts';
import { startServer } from './server.ts';
import type { MockCaSettings } from './settings.ts';
import { signingService } from './signing.ts';

export interface MockCaDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logSink: { write(text: string): unknown };
  readonly version: string;
}

/** How long requests under way may take to end once the server is told to stop. */
const drainMs = 10_000;

/**
 * Runs the server until `signal` is aborted, then drains it.
 * @throws {CodedError} where it cannot start; the message names the option or the file.
 */
export async function runMockCa(settings: MockCaSettings, deps: MockCaDeps, signal: AbortSignal): Promise<void> {
  const { clock, random, version } = deps;
  const { faults, listen } = settings;
  const log = createLogger({ level: settings.logLevel, format: settings.logFormat }, deps.logSink);
  const refuseToken = tokenGuard(settings.tokenFile === undefined ? undefined : await readToken(settings.tokenFile));
  const tls = settings.tls && {
    cert: await readNamed('--tls-cert-file', settings.tls.certFile),
    key: await readNamed('--tls-key-file', settings.tls.keyFile),
    ...(settings.tls.clientCaFile === undefined
      ? {}
      : { clientCa: await readNamed('--tls-client-ca-file', settings.tls.clientCaFile) }),
  };
  const authority = await openCA(settings, clock, log);
  const journal = await openNamedJournal(settings.journalFile);
  const pending = pendingRequests({ clock, newId: randomUUID, polls: faults.pendingPolls });
  const context: ApiContext = {
    authority,
    signing: signingService({ authority, journal, clock, certValidityMs: settings.certValidityMs }),
    once: idempotentWork(clock, pending.stands),
    pending,
    pendingPolls: faults.pendingPolls,
    journal,
    clock,
    startedAt: clock.monotonic(),
    version,
    log,
  };
  const guards = {
    refuseToken,
    fault: faultInjector(faults, { clock, random }),
    spoil: (reply: Reply) => spoil(reply, faults.answer),
  };
  try {
    const server = await startServer({
      listen,
      latencyMs: faults.latencyMs,
      clock,
      log,
      answer: async (request) => answer(request, context, guards),
      ...(tls === undefined ? {} : { tls }),
    });
    log.info({ addr: server.address, tls: tls !== undefined, token: settings.tokenFile !== undefined, version }, 'listening');
    await aborted(signal);
    log.info({ signed: context.signing.count() }, 'stopping');
    await server.stop(drainMs);
    log.info('stopped');
  } finally {
    await journal.close();
  }
}

async function openCA(
  { caDir, newCA, newCAOptions, faults }: MockCaSettings,
  clock: Clock,
  log: Logger,
): Promise<CertificateAuthority> {
  let made = caDir === undefined;
  const open = async (deps: AuthorityDeps): Promise<CertificateAuthority> => {
    if (caDir === undefined) return createAuthority(newCA, deps);
    const inFolder = await authorityInFolder(caDir, newCA, deps.clock);
    made = inFolder.made;
    return inFolder.authority;
  };
  const fault = certificateFaults.find((known) => known === faults.answer);
  const authority = await (fault === undefined ? open({ clock }) : faultyAuthority(fault, open, clock));
  const ca = {
    subject: authority.subject,
    expires: momentText(authority.notAfter),
    ...(caDir === undefined ? {} : { dir: caDir }),
  };
  log.info(ca, made ? 'made a new CA' : 'loaded the CA');
  if (!made && newCAOptions.length > 0)
    log.warn({ options: newCAOptions }, 'options for a new CA are not applied to the one that is kept');
  return authority;
}

async function readToken(file: string): Promise<string> {
  const token = (await readNamed('--token-file', file)).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new CodedError('TokenInvalid', `--token-file: ${file} must hold one token, of visible ASCII characters without spaces`);
}

async function readNamed(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CodedError('FileUnreadable', `${option}: ${messageOf(cause)}`, { cause });
  }
}

async function openNamedJournal(file: string | undefined): Promise<ApiContext['journal']> {
  try {
    return await openJournal(file);
  } catch (cause) {
    throw new CodedError('FileUnwritable', `--journal: ${messageOf(cause)}`, { cause });
  }
}
