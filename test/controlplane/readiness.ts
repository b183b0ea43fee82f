import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { messageOf } from '../../src/lib/errors.ts';
import type { ControlPlanePki } from './certificates.ts';
import type { Child } from './processes.ts';

/** What is waited for: a path of the API server that answers 200. */
export interface Readiness {
  readonly server: string;
  readonly path: string;
  readonly pki: ControlPlanePki;
  readonly timeoutMs: number;
  /** Waiting ends at once when one of these has ended. */
  readonly needs: readonly Child[];
}

/**
 * Waits until the API server answers a path with 200, asking every 50 ms with the administrator's certificate.
 * @throws when a needed process ends or the time is over; the message holds the last answer.
 */
export async function untilAnswered({ server, path, pki, timeoutMs, needs }: Readiness): Promise<void> {
  const [ca, cert, key] = await Promise.all([readFile(pki.ca.cert), readFile(pki.admin.cert), readFile(pki.admin.key)]);
  const dispatcher = new Agent({ connect: { ca, cert, key }, allowH2: false, headersTimeout: 5000, bodyTimeout: 5000 });
  const deadline = performance.now() + timeoutMs;
  let last = 'no answer';
  try {
    while (performance.now() < deadline) {
      const gone = needs.find((child) => !child.isRunning());
      if (gone) throw new Error(`${gone.name} ended with ${await gone.ended} before ${path} answered`);
      try {
        const { statusCode, body } = await request(`${server}${path}`, { dispatcher });
        const text = await body.text();
        if (statusCode === 200) return;
        last = `${statusCode} ${text.slice(0, 300)}`;
      } catch (error) {
        last = messageOf(error);
      }
      await delay(50);
    }
    throw new Error(`${path} did not answer within ${timeoutMs / 1000} s; last: ${last}`);
  } finally {
    await dispatcher.destroy();
  }
}
