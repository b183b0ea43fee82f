import assert from 'node:assert/strict';
import { createSignerPool, type SignerLease, type SignerLimits, type SignerPool } from '../../../../src/issuing/signer-pool.ts';
import type { Signer } from '../../../../src/signers/signer.ts';
import { createFakeClock, type FakeClock } from '../../kube/support/fake-clock.ts';

const retry = { budgetMs: 0, minDelayMs: 1000, maxDelayMs: 1000 };

/** A pool with a signer for the issuer `uid`. */
export interface PoolWorld {
  readonly pool: SignerPool;
  readonly clock: FakeClock;
  readonly woken: string[];
  readonly closed: string[];
  readonly closeFailures: unknown[];
  install(name: string, limits?: Partial<SignerLimits>, close?: () => Promise<void>): void;
  lease(key: string): SignerLease;
  got(key: string): string;
  /** The keys woken since it was asked last. */
  wokenNow(): readonly string[];
}

/** Makes the world; at most two requests are in flight where the test does not say otherwise. */
export function createPoolWorld(limits: Partial<SignerLimits> = {}): PoolWorld {
  const clock = createFakeClock();
  const [woken, closed, closeFailures]: [string[], string[], unknown[]] = [[], [], []];
  const pool = createSignerPool({
    clock,
    wake: (key) => woken.push(key),
    onCloseFailed: (error) => closeFailures.push(error),
  });
  const world: PoolWorld = {
    pool,
    clock,
    woken,
    closed,
    closeFailures,
    install(name, more = {}, close = async () => {}) {
      pool.install('uid', name, signer(name, closed, close), {
        retry,
        maxInFlight: 2,
        strict: false,
        policy: { allowSystemMasters: false },
        ...limits,
        ...more,
      });
      pool.checkPassed('uid');
    },
    lease(key) {
      const acquired = pool.acquire('uid', key);
      assert.equal(acquired.got, 'signer', `${key} is ${acquired.got}`);
      return acquired;
    },
    got: (key) => pool.acquire('uid', key).got,
    wokenNow: () => woken.splice(0),
  };
  world.install('first');
  return world;
}

function signer(name: string, closed: string[], close: () => Promise<void>): Signer {
  return {
    check: async () => ({ outcome: 'healthy', message: name }),
    sign: async () => ({ outcome: 'failed', code: name, message: name }),
    async close() {
      closed.push(name);
      await close();
    },
  };
}
