import type { IncomingMessage } from 'node:http';
import { messageOf } from '../lib/errors.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { ApiError } from './reply.ts';

/** A CSR may have 64 KiB; in base64, in JSON, with names beside it, it stays under this. */
const mostBodyBytes = 256 * 1024;
/** What is read and dropped of a body that is too large, so that its sender is still there to read the answer. */
const mostDroppedBytes = 8 * 1024 * 1024;

/** Reads a body of at most `mostBodyBytes`. */
export async function readBody(request: IncomingMessage): Promise<Result<Uint8Array, ApiError>> {
  if (Number(request.headers['content-length'] ?? 0) > mostDroppedBytes) return err(tooLarge);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= mostBodyBytes) chunks.push(chunk);
      else chunks.length = 0;
      if (size > mostDroppedBytes) break;
    }
  } catch (error) {
    return err({ status: 400, code: 'READ_ERROR', error: 'the body could not be read', details: messageOf(error) });
  }
  return size > mostBodyBytes ? err(tooLarge) : ok(Buffer.concat(chunks));
}

const tooLarge: ApiError = {
  status: 413,
  code: 'BODY_TOO_LARGE',
  error: 'the body is too large',
  details: `at most ${mostBodyBytes / 1024} KiB are read; a CSR has a few KiB`,
  headers: { Connection: 'close' },
};
