import type { Clock } from '../../lib/clock.ts';
import { momentText } from '../../lib/moment.ts';
import { ok, type Result } from '../../lib/result.ts';
import { createSharedCall } from '../../lib/shared-call.ts';
import type { SignTbs } from '../../x509/issue.ts';
import { formatName } from '../../x509/name.ts';
import type { CallContext, CheckOutcome, Signer, SignOutcome } from '../signer.ts';
import type { CaHolder, CaProblem, CaSettings } from './contract.ts';
import { healthyCa } from './healthy.ts';
import { createIssuing, type IssuanceProblem, type Issuing } from './issuing.ts';
import { previewIssuance } from './preview.ts';
import { type FitCa, readHeldCa } from './read-held.ts';
import { proveRight, signChecked } from './sign-checked.ts';

/** The CA in use, whole: a check replaces it at once, and an issuance goes on with the one it began with. */
interface UsedCa {
  readonly fit: FitCa;
  readonly issuing: Issuing;
}

/** That a key may sign, which is shown again after it was refused, and for each other key. */
interface Proof {
  readonly of: string;
  readonly refusals: number;
}

/**
 * The signer of a CA whose certificate and key somebody holds. Its check fetches and judges them, and has the key sign a probe where
 * it is not known that it may; checks at once are one. A certificate costs one `sign` of the key and nothing else.
 */
export function createCaSigner(holder: CaHolder, settings: CaSettings, deps: { readonly clock: Pick<Clock, 'now'> }): Signer {
  const { clock } = deps;
  let used: UsedCa | undefined;
  let proof: Proof | undefined;
  let refusals = 0;
  let closed: Promise<void> | undefined;

  async function load(context: CallContext): Promise<Result<FitCa, CaProblem>> {
    context.signal.throwIfAborted();
    const held = await holder.load(context);
    context.signal.throwIfAborted();
    if (!held.ok) return held;
    const fit = readHeldCa(held.value, settings, clock.now());
    if (!fit.ok) return fit;
    const { subject, serialHex, notAfter } = fit.value.certificate.certificate;
    const end = momentText(notAfter);
    const text = `the CA "${formatName(subject)}" in ${held.value.where}, serial ${serialHex}, until ${end}, key ${fit.value.key.id}`;
    context.trace?.({ part: 'read', text });
    return fit;
  }

  function prepare(fit: FitCa): UsedCa {
    return { fit, issuing: createIssuing(fit.certificate, fit.algorithm, deps) };
  }

  /** Before the first check has passed the CA is fetched, as by the command line, which signs without one. */
  async function caToUse(context: CallContext): Promise<Result<UsedCa, CaProblem>> {
    if (used !== undefined) return ok(used);
    const fit = await load(context);
    if (!fit.ok) return fit;
    // A check may have passed meanwhile.
    used ??= prepare(fit.value);
    return ok(used);
  }

  /** Undefined where the key may sign. */
  async function prove(fit: FitCa, context: CallContext): Promise<CaProblem | undefined> {
    const shown: Proof = { of: `${fit.key.id} ${fit.algorithm}`, refusals };
    if (proof?.of === shown.of && proof.refusals === shown.refusals) return undefined;
    const problem = await proveRight(fit, context);
    if (problem === undefined) proof = shown;
    return problem;
  }

  async function check(context: CallContext): Promise<CheckOutcome> {
    const fit = await load(context);
    if (!fit.ok) return fit.error;
    const refused = await prove(fit.value, context);
    if (refused !== undefined) return refused;
    used = prepare(fit.value);
    return healthyCa(fit.value, clock.now());
  }

  return {
    // Each request that the key refuses has the core check the issuer: a hundred of them are one question to a vault.
    check: createSharedCall(check),
    async sign({ csr, durationSeconds, usages, isCA }, context): Promise<SignOutcome> {
      const ca = await caToUse(context);
      if (!ca.ok) return ca.error;
      const { fit, issuing } = ca.value;
      const sign: SignTbs<CaProblem> = async (tbs) => await signChecked(fit, 'a certificate', tbs, context);
      const issued = await issuing.issue({ csr, durationSeconds, usages, isCA }, sign);
      context.signal.throwIfAborted();
      if (!issued.ok) {
        if (!('outcome' in issued.error)) return refusal(issued.error);
        if (issued.error.outcome === 'issuer-broken') refusals += 1;
        return issued.error;
      }
      const { chainPem, caPem, serialHex, notAfter, whyShorter } = issued.value;
      const text = `certificate ${serialHex}, until ${momentText(notAfter)}`;
      context.trace?.({ part: 'read', text });
      const { caBundlePem } = settings;
      return {
        outcome: 'issued',
        chainPem,
        caPem,
        ...(caBundlePem === undefined ? {} : { caBundlePem }),
        ...(whyShorter === undefined ? {} : { whyShorter }),
      };
    },
    preview: (request) => Promise.resolve(ok([previewIssuance(request, settings, used?.fit)])),
    close: async () => {
      closed ??= holder.close();
      await closed;
    },
  };
}

function refusal({ code, message }: IssuanceProblem): SignOutcome {
  return { outcome: code === 'IssuerExpired' ? 'issuer-broken' : 'failed', code, message };
}
