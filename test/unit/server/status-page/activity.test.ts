import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createActivity } from '../../../../src/server/status-page/activity.ts';
import type { RequestView } from '../../../../src/issuing/request-view.ts';

function asked(uid: string): RequestView {
  return {
    kind: 'CertificateRequest',
    uid,
    namespace: 'team-a',
    name: `name of ${uid}`,
    resourceVersion: '1',
    createdAt: 1000,
    issuer: { kind: 'ExternalClusterIssuer', name: 'ca' },
    approval: 'approved',
    csr: 'the CSR',
    duration: { ok: true, value: 3600 },
    usages: [],
    isCA: false,
    annotations: { secret: 'the annotation' },
    labels: {},
  };
}

describe('what the status page remembers of requests', () => {
  test('is each step with its time, and those that repeat once, with their number', () => {
    let now = 0;
    const activity = createActivity(() => (now += 1));
    for (const ms of [5, 6]) activity.record(asked('a'), { what: 'asked', code: 'pending', ms });
    activity.record(asked('a'), { what: 'waiting', code: 'PendingAtCA', text: 'The CA\ndecides.' });
    activity.record(asked('a'), { what: 'told', code: 'PendingAtCA', text: 'the same as an event' });
    assert.deepEqual(activity.ended(), []);
    activity.record(asked('a'), { what: 'failed', code: 'CARefused', text: 'no' });
    const [row] = activity.ended();
    assert.deepEqual(row?.steps, [
      { at: 2, what: 'asked', code: 'pending', text: '', ms: 6, count: 2 },
      { at: 3, what: 'waiting', code: 'PendingAtCA', text: 'The CA decides.', count: 1 },
      { at: 5, what: 'failed', code: 'CARefused', text: 'no', count: 1 },
    ]);
    assert.deepEqual([row?.state, row?.message, row?.issuer], ['failed', 'no', 'ExternalClusterIssuer/ca']);
  });

  test('holds neither CSR nor annotations', () => {
    const activity = createActivity(() => 0);
    activity.record(asked('a'), { what: 'issued', code: 'Issued' });
    assert.doesNotMatch(JSON.stringify(activity.ended()), /the CSR|the annotation/);
  });

  test('keeps a request that is gone before its end was written, and one that ended and is gone after', () => {
    const activity = createActivity(() => 0);
    activity.record(asked('a'), { what: 'asked', code: 'issued' });
    activity.gone('a');
    activity.gone('unknown');
    assert.deepEqual(
      activity.ended().map(({ state }) => state),
      ['gone'],
    );
    activity.record(asked('a'), { what: 'issued', code: 'Issued' });
    activity.gone('a');
    assert.deepEqual(
      activity.ended().map(({ state }) => state),
      ['issued'],
    );
  });

  test('is bounded: in requests, in their steps and in what is said in each', () => {
    const activity = createActivity(() => 0);
    for (let count = 0; count < 1000; count += 1) {
      const request = asked(`uid-${count}`);
      for (const code of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'])
        activity.record(request, { what: 'waiting', code, text: 'long '.repeat(10_000) });
      if (count % 2 === 0) activity.record(request, { what: 'failed', code: 'CARefused', text: 'long '.repeat(10_000) });
    }
    const ended = activity.ended();
    assert.deepEqual([ended.length, ended[0]?.uid, ended.at(-1)?.uid], [100, 'uid-998', 'uid-800']);
    for (const { steps, omitted } of ended) assert.deepEqual([steps.length, omitted], [10, 2]);
    assert.ok(JSON.stringify(ended).length < 500_000);
    assert.equal(activity.stepsOf('uid-1').steps.length, 0, 'the oldest of those under way are forgotten');
    assert.equal(activity.stepsOf('uid-999').steps.length, 10);
  });
});
