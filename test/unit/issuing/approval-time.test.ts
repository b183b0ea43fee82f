import assert from 'node:assert/strict';
import { test } from 'node:test';
import { approvalTime } from '../../../src/issuing/request-kinds/approval-time.ts';

const created = '2027-01-15T08:00:00Z';
const later = '2027-01-15T08:00:05Z';
const approved = { type: 'Approved', status: 'True' } as const;

const cases: readonly (readonly [string, readonly object[], string | undefined])[] = [
  ['is its transition, as cert-manager writes it', [{ ...approved, lastTransitionTime: later }], later],
  ['is its last update, as kubectl writes it', [{ ...approved, lastUpdateTime: later }], later],
  ['is not before the request was made', [{ ...approved, lastTransitionTime: '2026-01-01T00:00:00Z' }], created],
  ['is unknown without a time', [approved], undefined],
  ['is unknown where the time is none', [{ ...approved, lastUpdateTime: 'yesterday' }], undefined],
  ['is none where the request is not approved', [{ ...approved, status: 'False', lastTransitionTime: later }], undefined],
  ['is none without the condition', [{ type: 'Ready', status: 'True', lastTransitionTime: later }], undefined],
];
for (const [what, conditions, expected] of cases) {
  test(`the time of an approval ${what}`, () => {
    const at = approvalTime(conditions as never, created);
    assert.equal(at, expected === undefined ? undefined : Date.parse(expected));
  });
}
