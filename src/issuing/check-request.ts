import { printable } from '../lib/printable.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { RequestOrigin, SignRequest } from '../signers/signer.ts';
import { parseCsr } from '../x509/csr.ts';
import type { RequestedExtensions } from '../x509/requested.ts';
import { certSign, defaultUsages, resolveUsages, type UsageSet } from '../x509/usages.ts';
import type { RequestView } from './request-view.ts';
import { wordsOf } from './request-kinds/words.ts';

/** Why a request can never be signed as it is; the code is stable, the message is for its owner. */
export interface RequestProblem {
  readonly code: string;
  readonly message: string;
}

/**
 * Reads a request's CSR, verifies its signature and compares it with what the request says beside it, as cert-manager
 * does: only where the CSR carries BasicConstraints, KeyUsage or ExtendedKeyUsage.
 * @param firstTryAt when signing was first tried, milliseconds since the epoch.
 */
export function checkRequest(request: RequestView, firstTryAt: number): Result<SignRequest, RequestProblem> {
  const csr = parseCsr(decodeCsrField(request.csr));
  if (!csr.ok) return csr;
  const usageNames = request.usages.length === 0 ? defaultUsages : request.usages;
  const { usages, unknown } = resolveUsages(usageNames);
  if (unknown.length > 0) {
    const names = unknown.slice(0, 5).map((name) => `"${printable(name.slice(0, 60))}"`);
    return problem(
      'UnknownUsage',
      `spec.usages holds ${names.join(', ')}, which no certificate can have; use cert-manager's names, such as "server auth".`,
    );
  }
  if (!request.duration.ok) return problem('InvalidDuration', request.duration.error);
  if (request.kind === 'CertificateSigningRequest' && request.isCA && csr.value.requested.basicConstraints?.cA !== true) {
    return problem(
      'CsrDiffersFromSpec',
      `${wordsOf(request.kind).isCaField} asks for a CA certificate, and the CSR does not. An annotation can be changed once the request is ` +
        'approved, so the CSR has to ask for it as well (BasicConstraints CA:TRUE).',
    );
  }
  const difference = differenceOf(csr.value.requested, usages, request.isCA, wordsOf(request.kind).isCaField);
  if (difference !== undefined) return problem('CsrDiffersFromSpec', difference);
  return ok({
    csr: csr.value,
    durationSeconds: request.duration.value,
    usages: request.isCA ? [...usageNames, 'cert sign'] : usageNames,
    isCA: request.isCA,
    idempotencyKey: request.uid,
    firstTryAt,
    origin: originOf(request),
  });
}

function originOf({ name, namespace, uid, annotations, labels }: RequestView): RequestOrigin {
  return { name, uid, annotations, labels, ...(namespace === undefined ? {} : { namespace }) };
}

/** `spec.request` is base64 of PEM; what is not base64 is left to the CSR parser, which says what is wrong with it. */
function decodeCsrField(field: string): Uint8Array {
  return Buffer.from(field, 'base64');
}

function problem(code: string, message: string): Result<never, RequestProblem> {
  return err({ code, message });
}

function differenceOf(requested: RequestedExtensions, usages: UsageSet, isCA: boolean, isCaField: string): string | undefined {
  const { basicConstraints, keyUsage, extendedKeyUsage } = requested;
  if (basicConstraints !== undefined && basicConstraints.cA !== isCA) {
    return `The CSR asks for ${caWords(basicConstraints.cA)}, and ${isCaField} says ${isCA}. Make both say the same.`;
  }
  if (keyUsage === undefined && extendedKeyUsage === undefined) return undefined;
  // As cert-manager has it, isCA adds a usage to those of the spec, and takes none away.
  const wantedBits = isCA ? [...usages.keyUsage, certSign] : usages.keyUsage;
  if (!sameSet(keyUsage ?? [], wantedBits)) {
    return 'The KeyUsage extension of the CSR differs from spec.usages. Leave it out of the CSR, or make both say the same.';
  }
  if (!sameSet(extendedKeyUsage ?? [], usages.extendedKeyUsage)) {
    return 'The ExtendedKeyUsage extension of the CSR differs from spec.usages. Leave it out of the CSR, or make both say the same.';
  }
  return undefined;
}

function caWords(isCA: boolean): string {
  return isCA ? 'a CA certificate (BasicConstraints CA:TRUE)' : 'an end-entity certificate (BasicConstraints CA:FALSE)';
}

function sameSet<T>(a: readonly T[], b: readonly T[]): boolean {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every((value) => right.has(value));
}
