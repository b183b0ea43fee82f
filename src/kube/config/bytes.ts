import { readFile } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import { KubeConfigError } from './config-error.ts';

/** Bytes that may change while the process runs, such as a token in a file that the kubelet rotates. */
export interface Bytes {
  /** What is known to hold now; rejects with a {@link KubeConfigError} as long as there has never been anything. */
  read(): Promise<Buffer>;
  /** The next read looks again. */
  expire(): void;
}

/** Milliseconds for which a file is believed: a rotated token overlaps with the one before by far more. */
const maxAgeMs = 60_000;

/** Bytes that never change. */
export function fixedBytes(bytes: Buffer): Bytes {
  return { read: () => Promise.resolve(bytes), expire: () => undefined };
}

/**
 * The bytes of a file, read again at most every 60 s. While it cannot be read, what was read last stays in force.
 * @param field what names the file, for the error: `/home/me/.kube/config: users[0].user.tokenFile`.
 */
export function fileBytes(path: string, field: string, clock: Clock): Bytes {
  let last: { readonly bytes: Buffer; readonly at: number } | undefined;
  let reading: Promise<Buffer> | undefined;

  async function load(): Promise<Buffer> {
    try {
      const at = clock.monotonic();
      last = { bytes: await readFile(path), at };
      return last.bytes;
    } catch (cause) {
      if (last !== undefined) return last.bytes;
      throw new KubeConfigError('NoCredentials', `${field}: ${path} cannot be read: ${messageOf(cause)}`, { cause });
    } finally {
      reading = undefined;
    }
  }

  return {
    async read() {
      if (last !== undefined && clock.monotonic() - last.at < maxAgeMs) return last.bytes;
      reading ??= load();
      return await reading;
    },
    expire() {
      if (last !== undefined) last = { ...last, at: Number.NEGATIVE_INFINITY };
    },
  };
}
