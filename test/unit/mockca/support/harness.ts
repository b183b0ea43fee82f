import { systemClock, type Clock } from '../../../../src/lib/clock.ts';
import type { ApiContext } from '../../../../src/mockca/context.ts';
import type { FaultSettings } from '../../../../src/mockca/faults.ts';
import { faultInjector, spoil, tokenGuard } from '../../../../src/mockca/guards.ts';
import { answer } from '../../../../src/mockca/handler.ts';
import { idempotentWork } from '../../../../src/mockca/idempotency.ts';
import { openJournal } from '../../../../src/mockca/journal.ts';
import { createLogger } from '../../../../src/lib/log.ts';
import { pendingRequests } from '../../../../src/mockca/pending.ts';
import type { Reply } from '../../../../src/mockca/reply.ts';
import { signingService } from '../../../../src/mockca/signing.ts';
import { createAuthority } from '../../../../src/signers/mock-ca/authority.ts';

export interface Call {
  readonly method?: string;
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The routes of the server, without the network. */
export interface Harness {
  call(call: Call): Promise<Reply>;
  readonly context: ApiContext;
  /** What was logged, a line of JSON each. */
  readonly logged: readonly string[];
}

export async function createHarness(
  options: {
    readonly token?: string;
    readonly faults?: Partial<FaultSettings>;
    readonly clock?: Clock;
    readonly random?: () => number;
    readonly journalFile?: string;
  } = {},
): Promise<Harness> {
  const { clock = systemClock, random = () => 0.5 } = options;
  const faults: FaultSettings = {
    latencyMs: 0,
    errorRate: 0,
    errorStatus: 503,
    retryAfterSeconds: 0,
    pendingPolls: 0,
    ...options.faults,
  };
  const key = { algorithm: 'ECDSA', size: 256 } as const;
  const authority = await createAuthority(
    { commonName: 'Test CA', organization: 'tests', key, validitySeconds: 365 * 86_400 },
    { clock },
  );
  const journal = await openJournal(options.journalFile);
  const logged: string[] = [];
  let ids = 0;
  const pending = pendingRequests({ clock, newId: () => `id-${++ids}`, polls: faults.pendingPolls });
  const context: ApiContext = {
    authority,
    signing: signingService({ authority, journal, clock, certValidityMs: 30 * 86_400_000 }),
    once: idempotentWork(clock, pending.stands),
    pending,
    pendingPolls: faults.pendingPolls,
    journal,
    clock,
    startedAt: clock.monotonic(),
    version: '1.2.3',
    log: createLogger({ level: 'debug', format: 'json' }, { write: (line) => logged.push(line) }),
  };
  const guards = {
    refuseToken: tokenGuard(options.token),
    fault: faultInjector(faults, { clock, random }),
    spoil: (reply: Reply) => spoil(reply, faults.answer),
  };
  return {
    context,
    logged,
    call: ({ method = 'POST', path, body = '', headers = {} }) =>
      answer(
        {
          method,
          path,
          headers,
          requester: '192.0.2.7',
          signal: new AbortController().signal,
          readBody: async () => ({ ok: true, value: new Uint8Array(Buffer.from(body)) }),
        },
        context,
        guards,
      ),
  };
}

/** The JSON of a reply. */
export function jsonOf(reply: Reply): Readonly<Record<string, string>> {
  return JSON.parse(reply.body) as Readonly<Record<string, string>>;
}
