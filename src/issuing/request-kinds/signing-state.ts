import * as z from 'zod';
import type { SigningState } from '../request-view.ts';

const schema = z.object({ firstTry: z.iso.datetime(), caRequestId: z.string().min(1).max(512).optional() });

/** The message of the private condition: what a restarted controller must know of a request, as JSON of at most 1 KiB. */
export function writeSigningState(state: SigningState): string {
  return JSON.stringify(state);
}

/** Reads what {@link writeSigningState} wrote; a condition that somebody else wrote is as good as none. */
export function readSigningState(message: string | undefined): SigningState | undefined {
  if (message === undefined || message.length > 1024) return undefined;
  try {
    const { firstTry, caRequestId } = schema.parse(JSON.parse(message));
    return { firstTry, ...(caRequestId === undefined ? {} : { caRequestId }) };
  } catch {
    return undefined;
  }
}
