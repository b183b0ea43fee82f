import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { IssuanceProblem } from '../signers/ca/issuing.ts';
import type { CertificateAuthority } from '../signers/mock-ca/authority.ts';
import type { Csr } from '../x509/csr.ts';
import { commonName } from '../x509/name.ts';
import { boundedCache } from './bounded-cache.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { ApiError } from './reply.ts';
import { sanTexts } from './san-text.ts';
import { type Signed, signedFrom } from './signed.ts';

/** What is to be signed, and for whom. */
export interface SigningInput {
  readonly csr: Csr;
  /** Absent: the server's default. */
  readonly validityDays?: number;
  readonly idempotencyKey?: string;
  readonly route: string;
  readonly requester: string;
}

/** Signs, keeps the journal, counts, and finds what was signed last for a name. */
export interface SigningService {
  sign(input: SigningInput): Promise<Result<Signed, ApiError>>;
  /** The latest of the last 1000 signings within 24 hours whose common name (else first DNS name) this is. */
  find(name: string): Signed | undefined;
  count(): number;
}

const secondsADay = 86_400;

/** A service for one authority; `certValidityMs` applies where a client names no validity. */
export function signingService(deps: {
  readonly authority: CertificateAuthority;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly certValidityMs: number;
}): SigningService {
  const { authority, journal, clock } = deps;
  const byName = boundedCache<Signed>({ capacity: 1000, ttlMs: secondsADay * 1000 }, clock);
  let signings = 0;
  return {
    async sign({ csr, validityDays, idempotencyKey, route, requester }) {
      const issued = await authority.issue({
        csr,
        durationSeconds: validityDays === undefined ? Math.floor(deps.certValidityMs / 1000) : validityDays * secondsADay,
        usages: [
          'digital signature',
          ...(csr.keyType.kind === 'rsa' ? ['key encipherment'] : []),
          'server auth',
          'client auth',
        ],
        isCA: false,
      });
      if (!issued.ok) return err(refusalOf(issued.error));
      const signed = signedFrom(csr, issued.value);
      const unwritten = await record(journal, {
        time: new Date(clock.now()).toISOString(),
        serial: signed.serial,
        serialHex: issued.value.serialHex,
        subject: signed.subject,
        sans: sanTexts(csr.sans),
        idempotencyKey: idempotencyKey ?? null,
        route,
        requester,
      });
      if (unwritten !== undefined) return err(unwritten);
      signings++;
      const name = commonName(csr.subject) ?? csr.sans.dns[0];
      if (name !== undefined && name !== '') byName.set(name, signed);
      return ok(signed);
    },
    find: (name) => byName.get(name),
    count: () => signings,
  };
}

/** What cannot be recorded is given to nobody: a certificate that was handed out is always in the journal. */
async function record(journal: Journal, entry: JournalEntry): Promise<ApiError | undefined> {
  try {
    await journal.append(entry);
    return undefined;
  } catch (error) {
    const details = `${messageOf(error)}; make room for the file of --journal and send the CSR again: the certificate was thrown away`;
    return { status: 503, code: 'JOURNAL_UNWRITABLE', error: 'the signing cannot be recorded', details };
  }
}

function refusalOf({ code, message }: IssuanceProblem): ApiError {
  if (code === 'NameMissing') return { status: 400, code: 'INVALID_CSR', error: 'the CSR cannot be used', details: message };
  if (code === 'NameNotPermitted')
    return { status: 400, code: 'NAME_NOT_PERMITTED', error: 'the CA may not sign this name', details: message };
  return { status: 500, code: 'SIGNING_ERROR', error: 'the CA cannot sign this', details: message };
}

/** Why a CSR that asks for a CA certificate is not signed; undefined for others. */
export function refuseCA(csr: Csr): ApiError | undefined {
  if (csr.requested.basicConstraints?.cA !== true) return undefined;
  return {
    status: 400,
    code: 'CA_NOT_OFFERED',
    error: 'the CSR asks for a CA certificate',
    details: 'this server signs server and client certificates only; leave basicConstraints CA:TRUE out of the CSR',
  };
}
