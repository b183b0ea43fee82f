import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { troublesOf } from '../../../../src/server/status-page/troubles.ts';
import type { StatusView } from '../../../../src/server/status-page/view.ts';
import { issuer, now, replica, request, view } from './views.ts';

const day = 86_400_000;
const ca = { subject: 'CN=CA', serialNumber: '1', keyId: 'k' };
const leader = { identity: 'b_1', acquiredAt: '', seenMsAgo: 1000 };
const tally = { kind: 'CertificateRequest', count: 2, oldestMs: 120_000 } as const;

const cases: readonly (readonly [string, StatusView, RegExp | undefined])[] = [
  ['nothing where all is well', view(), undefined],
  ['nothing of a standby whose leader is known', { now, replica: replica({ role: 'standby', leader }) }, undefined],
  ['that nobody leads', { now, replica: replica({ role: 'standby' }) }, /No replica.*get lease external-issuer\.io/],
  ['that the lists are not complete', view({}, { synced: false }), /not complete.*security\.md/],
  [
    'an issuer that is not ready',
    view({ issuers: [issuer(), issuer({ ready: 'False', code: 'AuthError' })] }),
    /^1 issuer of 2 .*AuthError.*team-a\/ca/,
  ],
  [
    'an issuer that signing has stopped',
    view({ issuers: [issuer({ stopped: { code: 'CARefused', until: now } })] }),
    /CARefused/,
  ],
  ['no issuer that is not checked yet', view({ issuers: [issuer({ ready: 'Unknown' })] }), undefined],
  ['a CA that ends soon', view({ issuers: [issuer({ ca: { ...ca, notAfter: now + 29 * day } })] }), /ends in 29d.*Renew/],
  ['a CA that has ended', view({ issuers: [issuer({ ca: { ...ca, notAfter: now - 1 } })] }), /has ended/],
  ['no CA that ends late', view({ issuers: [issuer({ ca: { ...ca, notAfter: now + 31 * day } })] }), undefined],
  [
    'a queue that is behind',
    view({ queues: [{ name: 'issuer', depth: 7, oldestAgeMs: 61_000 }] }),
    /queue of issuer.*7 wait, the oldest for 1m1s/,
  ],
  [
    'requests that could be signed and are not',
    view({ tallies: [{ ...tally, state: 'in-work' }] }),
    /2 CertificateRequests could be signed/,
  ],
  ['no requests that the CA has', view({ tallies: [{ ...tally, state: 'pending-at-ca' }] }), undefined],
  [
    'requests that nobody approves',
    view({ tallies: [{ ...tally, state: 'waiting-for-approval', oldestMs: 3_700_000 }] }),
    /2 .*wait for approval, the oldest for 1h1m/,
  ],
  ['no request that was made just now', view({ tallies: [{ ...tally, state: 'waiting-for-approval' }] }), undefined],
  [
    'requests that failed of late',
    view({
      recent: [
        request({ state: 'failed', steps: [{ at: now - 1000, what: 'failed', code: 'CARefused', text: '', count: 1 }] }),
      ],
    }),
    /1 request failed.*CARefused/,
  ],
  ['no request that failed long ago', view({ recent: [request({ state: 'failed', steps: [] })] }), undefined],
];

describe('the banner of the status page tells', () => {
  for (const [what, shown, words] of cases) {
    test(what, () => {
      const found = troublesOf(shown);
      assert.equal(found.length, words === undefined ? 0 : 1, JSON.stringify(found));
      if (words !== undefined) assert.match(`${found[0]?.what} ${found[0]?.todo}`, words);
    });
  }
});
