import { randomUUID } from 'node:crypto';
import type { StandInReply } from './stand-in.ts';

/** Vault's answer to a request that it carried out. */
export function vaultAnswer(data: unknown, extra: Readonly<Record<string, unknown>> = {}): StandInReply {
  const nothing = { lease_id: '', renewable: false, lease_duration: 0, wrap_info: null, warnings: null, auth: null };
  return { status: 200, body: { request_id: randomUUID(), ...nothing, data, ...extra } };
}

/** Vault's answer to a request that it did not carry out. */
export function vaultRefusal(status: number, reason: string): StandInReply {
  return { status, body: { errors: [reason] }, refusal: reason };
}
