import type { Clock } from '../../lib/clock.ts';
import type { CallContext, Caveat, IssuerIdentity, Signer, SignRequest } from '../signer.ts';
import type { Authenticator } from './auth/contract.ts';
import { createBases, type Bases } from './bases.ts';
import { checkCa } from './check.ts';
import { converse, type Conversation } from './conversation.ts';
import type { HttpClient } from '../network/exchange.ts';
import { createIssuance, type AttemptOutcome } from './issuance.ts';
import { type ByteBudget, createByteBudget } from '../network/byte-budget.ts';
import type { Plan } from './plan.ts';
import { previewRequests } from './preview.ts';
import { revoke } from './revoke.ts';
import type { PkiConfig } from './schema/schema.ts';
import { createSight } from './sight.ts';
import { createValues, plainValues, withValues } from './template/sign-values.ts';
import type { TemplateValues } from './template/values.ts';

/** All that the signer of one issuer is made of. */
export interface SignerParts {
  readonly config: PkiConfig;
  readonly issuer: IssuerIdentity;
  readonly plan: Plan;
  readonly client: HttpClient;
  /** The bytes of answers that this issuer may hold at once. */
  readonly answers: ByteBudget;
  readonly auth: Authenticator;
  /** The texts of the Secret with the credential, for templates. */
  readonly secret: Readonly<Record<string, string>>;
  readonly mask: (text: string) => string;
  readonly caveats: readonly Caveat[];
  readonly clock: Clock;
  readonly uuid: () => string;
}

/** Puts the parts together: sign and poll hold the conversation that the plan describes, check asks whether the CA works. */
export function createSigner(parts: SignerParts): Signer {
  const { config, plan, clock, caveats } = parts;
  const bases = createBases(config);
  const sight = createSight();
  const issuance = createIssuance({ ...parts, sight });
  const hasCredential = config.auth.type !== 'none';
  const timing = { clock, timeoutMs: config.network.timeout };

  const valuesOf = (request: SignRequest): TemplateValues =>
    createValues({
      request,
      issuer: parts.issuer,
      secret: parts.secret,
      allowedAnnotations: config.allowedAnnotations ?? [],
      allowedLabels: config.allowedLabels ?? [],
      now: clock.now(),
      uuid: parts.uuid(),
    });
  const plain = (): TemplateValues =>
    plainValues({ issuer: parts.issuer, secret: parts.secret, now: clock.now(), uuid: parts.uuid() });

  return {
    callTimeoutMs: config.network.timeout,
    caveats,
    check: async (context) => {
      context.signal.throwIfAborted();
      return await holding(
        parts,
        async (deps) => await checkCa({ plan, bases, plain, deps, timing, sight, hasCredential }, context),
      );
    },
    async sign(request, context) {
      context.signal.throwIfAborted();
      return await atEither(bases, parts, context, async (talk) => {
        return await issuance.submit({ values: valuesOf(request), plain, talk, context });
      });
    },
    async poll(id, request, context) {
      context.signal.throwIfAborted();
      const ageMs = clock.now() - request.firstTryAt;
      return await atEither(bases, parts, context, async (talk) => {
        const values = withValues(valuesOf(request), { id });
        return await issuance.poll({ id, ageMs }, { values, plain, talk, context });
      });
    },
    preview(request) {
      return Promise.resolve(previewRequests(valuesOf(request), parts, bases.current()));
    },
    ...(plan.revoke === undefined
      ? {}
      : {
          revoke: async (serialHex, context) =>
            await holding(parts, async (deps) => await revoke(serialHex, { plan, bases, plain, deps }, context)),
        }),
    close: async () => await parts.client.close(),
  };
}

/**
 * Does one call: what it has read counts as held until it is over, since texts and documents are made of it. A token that others
 * wait for too may still be fetched then.
 */
async function holding<T>(parts: SignerParts, call: (parts: SignerParts) => Promise<T>): Promise<T> {
  const held: ByteBudget[] = [];
  let isOver = false;
  const client: HttpClient = {
    ...parts.client,
    async send(request, signal) {
      const taken = createByteBudget(Infinity, parts.answers);
      try {
        return await parts.client.send(request, signal, taken);
      } finally {
        if (isOver) taken.release();
        else held.push(taken);
      }
    },
  };
  try {
    return await call({ ...parts, client });
  } finally {
    isOver = true;
    for (const taken of held) taken.release();
  }
}

/** Where nothing could be sent to the server in use, the other one is asked: no request can be made twice by that. */
async function atEither(
  bases: Bases,
  parts: SignerParts,
  context: CallContext,
  attempt: (talk: Conversation) => Promise<AttemptOutcome>,
): Promise<AttemptOutcome> {
  return await holding(parts, async (deps) => {
    const talk = converse(bases.current(), deps, context);
    const outcome = await attempt(talk);
    const other = bases.other();
    if (outcome.outcome !== 'retry' || talk.hasSent() || other === undefined) return outcome;
    const second = converse(other, deps, context);
    const otherOutcome = await attempt(second);
    if (!second.hasSent()) return outcome;
    bases.use(other);
    return otherOutcome;
  });
}
