import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { CertificateRequest, IssuerRef } from '../../../src/api/certificate-request.ts';
import type { Condition } from '../../../src/api/conditions.ts';
import { certificateRequests } from '../../../src/api/resources.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { opensslCsr } from '../../unit/x509/tools.ts';
import type { ControllerOptions, ControllerProcess } from './controller-process.ts';
import { observeIssuers, type IssuerObserver } from './issuers.ts';
import { allowReferences, createNamespace } from './objects.ts';
import { observe, type Observer, type Seen } from './observer.ts';
import { hasReason, judge, readyOf, requestObject, type WantedRequest } from './requests.ts';
import type { SuiteEnd } from './suite.ts';
import { openWorld, type World } from './world.ts';

/** A world with a running controller and a namespace, to make CertificateRequests in and see what becomes of them. */
export interface RequestLab {
  readonly world: World;
  /** The administrator's client. */
  readonly admin: KubeClient;
  readonly controller: ControllerProcess;
  readonly seen: Observer<CertificateRequest>;
  readonly issuers: IssuerObserver;
  ask(name: string, issuerRef: IssuerRef, more?: Partial<WantedRequest>): Promise<void>;
  /** Makes a request and approves it by hand. */
  askApproved(name: string, issuerRef: IssuerRef, more?: Partial<WantedRequest>): Promise<void>;
  /** Waits for that reason, and those words, in the Ready condition of the request. */
  until(name: string, reason: string, words?: RegExp, timeoutMs?: number): Promise<Seen<CertificateRequest>>;
  /** The Ready conditions that the request has had, one after the other. */
  readyHistory(name: string): readonly (Condition | undefined)[];
  /** Fails where the request is written within that time. */
  assertUnchanged(name: string, ms: number): Promise<void>;
  close(end: SuiteEnd): Promise<void>;
}

const usualCsr = { subject: 'CN = a.example.com', extensions: 'subjectAltName = DNS:a.example.com' };

/** Starts all of it; the CSR of a request is a good one where the test gives none. */
export async function openRequestLab(namespace: string, ...controllerArgs: readonly string[]): Promise<RequestLab> {
  return await openRequestLabWith(namespace, { args: controllerArgs });
}

/** The same with a controller that is started in that way. */
export async function openRequestLabWith(
  namespace: string,
  controller: Pick<ControllerOptions, 'args' | 'env'>,
): Promise<RequestLab> {
  const world = await openWorld();
  try {
    return await openIn(world, namespace, controller);
  } catch (error) {
    await world.close({ failed: true });
    throw error;
  }
}

async function openIn(world: World, namespace: string, options: Pick<ControllerOptions, 'args' | 'env'>): Promise<RequestLab> {
  const csr = opensslCsr(usualCsr);
  const { admin } = world;
  const [seen, issuers] = await Promise.all([observe(admin, certificateRequests), observeIssuers(admin)]);
  for (const { close } of [seen, issuers]) world.onClose(close);
  await createNamespace(admin, namespace);
  await allowReferences(admin, namespace);
  const controller = await world.startController(options);

  const ask: RequestLab['ask'] = async (name, issuerRef, more) => {
    await admin.create(certificateRequests, requestObject({ namespace, name, csr, issuerRef, ...more }));
  };
  return {
    world,
    admin,
    controller,
    seen,
    issuers,
    ask,
    async askApproved(name, issuerRef, more) {
      await ask(name, issuerRef, more);
      await judge(admin, { namespace: more?.namespace ?? namespace, name }, 'Approved');
    },
    until: async (name, reason, words, timeoutMs) =>
      await seen.until({ namespace, name }, `is ${reason} ${words ?? ''}`, hasReason(reason, words), timeoutMs),
    readyHistory(name) {
      const all = seen.history({ namespace, name }).map(readyOf);
      return all.filter((ready, at) => at === 0 || JSON.stringify(ready) !== JSON.stringify(all[at - 1]));
    },
    async assertUnchanged(name, ms) {
      const versions = seen.history({ namespace, name }).length;
      await delay(ms);
      assert.equal(seen.history({ namespace, name }).length, versions, `${name} is not written again`);
    },
    close: world.close,
  };
}
