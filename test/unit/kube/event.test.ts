import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cleanNote, eventOf, seriesKey, type EventNotice } from '../../../src/kube/event.ts';

const notice: EventNotice = {
  regarding: { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest', name: 'web-1', namespace: 'shop', uid: 'u1' },
  type: 'Normal',
  reason: 'Issued',
  action: 'Sign',
  note: 'issued by the CA',
};
const reporter = { controller: 'external-issuer.io', instance: 'pod-0' };
const firstAt = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

describe('an event', () => {
  test('has all that events.k8s.io/v1 asks for', () => {
    assert.deepEqual(eventOf({ notice, firstAt, lastAt: firstAt, count: 1 }, reporter, 'abc'), {
      metadata: { namespace: 'shop', name: 'web-1.abc' },
      eventTime: '2026-01-02T03:04:05.006000Z',
      regarding: notice.regarding,
      type: 'Normal',
      reason: 'Issued',
      action: 'Sign',
      note: 'issued by the CA',
      reportingController: 'external-issuer.io',
      reportingInstance: 'pod-0',
    });
  });

  test('has a series from the second time on', () => {
    const { series } = eventOf({ notice, firstAt, lastAt: firstAt + 1000, count: 2 }, reporter, 'abc');
    assert.deepEqual(series, { count: 2, lastObservedTime: '2026-01-02T03:04:06.006000Z' });
  });

  test('of an object in no namespace goes to default', () => {
    const { namespace: _, ...regarding } = notice.regarding;
    assert.equal(
      eventOf({ notice: { ...notice, regarding }, firstAt, lastAt: firstAt, count: 1 }, reporter, 'a').metadata.namespace,
      'default',
    );
  });

  test('keeps the limits of the API server', () => {
    const long = {
      ...notice,
      regarding: { ...notice.regarding, name: `${'a'.repeat(199)}-${'b'.repeat(53)}` },
      reason: 'R'.repeat(200),
    };
    const event = eventOf(
      { notice: long, firstAt, lastAt: firstAt, count: 1 },
      { ...reporter, instance: 'i'.repeat(200) },
      'abc',
    );
    assert.equal(event.metadata.name, `${'a'.repeat(199)}.abc`, 'a dot may not follow a dash');
    assert.equal(event.reason.length, 128);
    assert.equal(event.reportingInstance.length, 128);
  });

  for (const [field, change] of Object.entries({
    object: { regarding: { ...notice.regarding, uid: 'u2' } },
    type: { type: 'Warning' as const },
    reason: { reason: 'Failed' },
    note: { note: 'other' },
  })) {
    test(`is another one where its ${field} is another`, () => {
      assert.notEqual(seriesKey(notice), seriesKey({ ...notice, ...change }));
    });
  }
});

describe('a note', () => {
  const cases: readonly (readonly [what: string, given: string, note: string])[] = [
    ['stays as it is', 'Grüße, 世界', 'Grüße, 世界'],
    ['becomes one line', ' a\r\n\tb\n', 'a b'],
    ['shows control characters', 'a\u001b[31m\u202eb', 'a\\u001b[31m\\u202eb'],
    ['has no lone surrogates', 'a\ud800b', 'a\ufffdb'],
    ['of the greatest length is not cut', 'x'.repeat(1024), 'x'.repeat(1024)],
    ['is cut', 'x'.repeat(1025), `${'x'.repeat(1021)}…`],
    ['is cut between characters', `${'x'.repeat(1019)}€€`, `${'x'.repeat(1019)}…`],
  ];
  for (const [what, given, note] of cases) {
    test(what, () => {
      assert.equal(cleanNote(given), note);
      assert.ok(Buffer.byteLength(note) <= 1024);
    });
  }

  test('of any size costs little', () => {
    assert.ok(Buffer.byteLength(cleanNote('\u001b'.repeat(1_000_000))) <= 1024);
  });
});
