import { callSigner } from '../issuing/call-signer.ts';
import { printable } from '../lib/printable.ts';
import type { SignerDefinition } from '../signers/definition.ts';
import type { CallContext, RevokeOutcome } from '../signers/signer.ts';
import { type CliDeps, commandFailure, usageError } from './deps.ts';
import type { IssuerFlags } from './issuer-options.ts';
import { traceTo, withIssuer } from './issuer-session.ts';
import type { OpenedIssuer } from './open-issuer.ts';
import { reasonText } from './reason.ts';

/** Hexadecimal digits of a serial number: 20 octets (RFC 5280 section 4.1.2.2). */
const mostDigits = 40;

/** Revokes one certificate. @throws {CodedError} `Usage` or `Failed`, with what the CA said. */
export async function runRevoke(
  flags: IssuerFlags & { readonly serial: string },
  signers: readonly SignerDefinition[],
  deps: CliDeps,
): Promise<void> {
  const serial = serialHex(flags.serial);
  await withIssuer(flags, deps, signers, async (issuer) => await revoke(issuer, serial, flags.verbose, deps));
}

async function revoke(
  { signer, resolved, words }: OpenedIssuer,
  serial: string,
  verbose: boolean,
  deps: CliDeps,
): Promise<void> {
  const { revoke: send } = signer;
  if (send === undefined) {
    const { type, schema, block } = resolved.definition;
    const advice = Object.hasOwn(schema.shape, 'revoke')
      ? `Set ${block}.revoke to the request by which the CA revokes.`
      : `Issuers of signerType ${type} cannot revoke.`;
    throw commandFailure(`${words} does not say how a certificate is revoked. ${advice}`);
  }
  const trace = traceTo(deps, verbose);
  const call = async (context: CallContext): Promise<RevokeOutcome> => await send(serial, { ...context, ...trace });
  const outcome = await callSigner(signer, deps.clock, call, deps.signal);
  if (outcome.outcome === 'revoked') {
    deps.stdout.write(`${words}: revoked ${serial}: ${printable(outcome.message)}\n`);
    return;
  }
  if (outcome.outcome === 'not-revoked') throw commandFailure(`${words}: ${serial} was not revoked: ${reasonText(outcome)}`);
  const advice = outcome.outcome === 'retry' ? ' Look at the CA before you repeat this.' : '';
  throw commandFailure(`${words}: whether ${serial} was revoked is not known: ${reasonText(outcome)}${advice}`);
}

/** @throws {CodedError} `Usage` for what is no serial number. */
function serialHex(written: string): string {
  const digits = written.trim().replace(/^0x/i, '').replaceAll(':', '').toLowerCase();
  if (/^[0-9a-f]+$/.test(digits) && digits.length <= mostDigits && /[^0]/.test(digits)) return digits;
  throw usageError(
    `--serial: "${printable(written.slice(0, 60))}" is not a serial number; write it in hexadecimal, as "openssl x509 -noout -serial" does`,
  );
}
