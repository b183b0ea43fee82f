import { hash } from 'node:crypto';
import * as z from 'zod';
import { printable } from '../lib/printable.ts';
import type { SigningState } from './request-view.ts';

const schema = z.object({ firstTry: z.iso.datetime(), caRequestId: z.string().min(1).max(512).optional(), csr: z.string() });
/** Characters: what of a condition's message is kept for sure. */
const longestMessage = 1024;

/**
 * The message of the private condition: what a restarted controller must know of a request, as JSON of at most 1 KiB.
 * @param csr `spec.request`: without cert-manager's webhook it can be changed, and then the state speaks of another CSR.
 */
export function writeSigningState(state: SigningState, csr: string): string {
  // As a condition's message is written: a control character of the CA's id stays readable JSON, and counts in full.
  return printable(JSON.stringify({ ...state, csr: digestOf(csr) }));
}

/** Reads what {@link writeSigningState} wrote for that CSR; a condition that somebody else wrote is as good as none. */
export function readSigningState(message: string | undefined, csr: string): SigningState | undefined {
  if (message === undefined || message.length > longestMessage) return undefined;
  try {
    const { firstTry, caRequestId, csr: digest } = schema.parse(JSON.parse(message));
    if (digest !== digestOf(csr)) return undefined;
    return { firstTry, ...(caRequestId === undefined ? {} : { caRequestId }) };
  } catch {
    return undefined;
  }
}

/** Whether a state can be read again when it is written: an id that a CA gives may be of any length. */
export function canBeKept(state: SigningState): boolean {
  return readSigningState(writeSigningState(state, ''), '') !== undefined;
}

function digestOf(csr: string): string {
  return hash('sha256', csr, 'base64url').slice(0, 22);
}
