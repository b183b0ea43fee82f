import { setTimeout as delay } from 'node:timers/promises';
import { certificateRequests } from '../../src/api/resources.ts';
import type { World } from '../../test/e2e/support/world.ts';
import { collectedMemory, startMeasured, type MeasuredOptions, type RestResult } from '../controller.ts';
import { condition, forEachName, namesOf, requestObject, writeStatus } from '../requests.ts';

/** Adds requests that are finished already, certificate and all, until there are `count` in all. */
export async function addFinished({ admin }: World, csr: string, have: number, count: number): Promise<void> {
  const certificate = Buffer.from('-'.repeat(900)).toString('base64');
  await forEachName(namesOf('finished', Math.max(0, count - have)), async (name) => {
    await admin.create(certificateRequests, requestObject(name, csr));
    const conditions = [condition('Approved', 'cert-manager.io', 'approved'), condition('Ready', 'Issued', 'issued')];
    await writeStatus(admin, name, { conditions, certificate, ca: certificate });
  });
}

/** Starts a controller, lets it list everything, and measures it before and after a forced collection. */
export async function atRest(world: World, options: MeasuredOptions = {}): Promise<RestResult> {
  const controller = await startMeasured(world, options);
  await controller.waitForLog((line) => line.msg === 'all issuers and requests are known', 120_000);
  // Checks of issuers and the first scrape are over by then.
  await delay(5000);
  const memory = await collectedMemory(controller);
  await controller.end();
  return memory;
}
