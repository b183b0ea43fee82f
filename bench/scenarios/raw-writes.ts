import type { World } from '../../test/e2e/support/world.ts';
import { condition, forEachName, namesOf, requestObject, writeStatus } from '../requests.ts';
import { certificateRequests } from '../../src/api/resources.ts';

/** An issuer of which no controller knows. */
const nobody = { group: 'nobody.example.com' };

/**
 * The limit: how many plain status writes of a certificate's size the API server takes in a second, from one client
 * that does nothing else.
 */
export async function rawWrites({ admin }: World, csr: string, count: number): Promise<{ readonly writesPerSecond: number }> {
  const names = namesOf('raw', count);
  await forEachName(names, async (name) => await admin.create(certificateRequests, requestObject(name, csr, nobody)));
  const certificate = Buffer.from('-'.repeat(900)).toString('base64');
  const status = { conditions: [condition('Ready', 'Issued', 'x')], certificate, ca: certificate };
  const ms = await forEachName(names, async (name) => await writeStatus(admin, name, status));
  return { writesPerSecond: (count * 1000) / ms };
}
