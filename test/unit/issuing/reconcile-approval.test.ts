import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { certificateRequests } from '../../../src/api/resources.ts';
import { createApprovalWriter } from '../../../src/issuing/approval/approval-writer.ts';
import { createApprovalReconciler, type ApprovalDeps } from '../../../src/issuing/approval/reconcile-approval.ts';
import { ok } from '../../../src/lib/result.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { policyField } from '../../../src/api/policy-fields.ts';
import { createFakeClock } from '../kube/support/fake-clock.ts';
import { apiError } from './support/scripted-client.ts';
import { requestView, teamIssuer } from './support/views.ts';

interface Call {
  readonly object: KubeObject;
  readonly fieldManager: string;
  readonly subresource: string | undefined;
}

interface Trial {
  readonly calls: Call[];
  readonly decided: string[];
  readonly left: string[];
  run(): ReturnType<ReturnType<typeof createApprovalReconciler>>;
}

/** An undecided request that the issuer's one rule does not allow, and an API server that answers writes like this. */
function trial(answer: () => void = () => undefined, more: Partial<ApprovalDeps> = {}, holdsLease = true): Trial {
  const [calls, decided, left]: [Call[], string[], string[]] = [[], [], []];
  const clock = createFakeClock();
  const client = {
    async apply(_resource: unknown, object: KubeObject, { fieldManager, subresource }: Omit<Call, 'object'>) {
      calls.push({ object, fieldManager, subresource });
      answer();
      return object;
    },
  } as unknown as Pick<KubeClient, 'apply'>;
  const fence = (): void => {
    if (!holdsLease) throw new Error('another leads');
  };
  const policy = ok(policyField.parse({ rules: [{ name: 'web', allow: { dnsNames: ['b.example'] } }] }));
  const reconcile = createApprovalReconciler({
    requestOf: () => requestView({ approval: 'undecided' }),
    issuerOf: () => ({ uid: 'issuer-uid', key: teamIssuer, policy }),
    write: createApprovalWriter(certificateRequests, 'status', { client, fence, now: clock.now }),
    clock,
    onDecided: (_request, { type, reason }) => void decided.push(`${type} ${reason}`),
    onLeft: (_request, why, trouble) => void left.push(trouble ? `trouble: ${why}` : why),
    ...more,
  });
  return { calls, decided, left, run: async () => await reconcile('team-a/web-1', new AbortController().signal) };
}

describe('the reconcile of the approver', () => {
  test('writes one condition as its own manager, fenced by the version that was decided about', async () => {
    const { calls, decided, run } = trial();
    assert.deepEqual(await run(), {});
    assert.deepEqual(decided, ['Denied PolicyViolation']);
    const [{ object, fieldManager, subresource } = assert.fail('nothing written'), ...rest] = calls;
    assert.equal(rest.length, 0);
    assert.deepEqual([fieldManager, subresource], ['external-issuer-approver', 'status']);
    const metadata = { name: 'web-1', namespace: 'team-a', uid: 'uid-1', resourceVersion: '10' };
    assert.deepEqual(object.metadata, metadata);
    const { conditions } = (object as unknown as { status: { conditions: readonly Record<string, string>[] } }).status;
    assert.equal(conditions.length, 1);
    assert.deepEqual([conditions[0]?.['type'], conditions[0]?.['status']], ['Denied', 'True']);
  });

  test('looks again where somebody else changed the request meanwhile, and tells nothing', async () => {
    const { decided, run } = trial(() => {
      throw apiError('Conflict');
    });
    assert.ok(((await run()).requeueAfterMs ?? 0) > 0);
    assert.deepEqual(decided, []);
  });

  test('has nothing left to do where the request is gone', async () => {
    const { decided, run } = trial(() => {
      throw apiError('NotFound');
    });
    assert.deepEqual(await run(), {});
    assert.deepEqual(decided, []);
  });

  test('fails, to be tried again, where the API server refuses it the right', async () => {
    const { run } = trial(() => {
      throw apiError('Forbidden');
    });
    await assert.rejects(run(), /Forbidden/);
  });

  test('writes nothing without the Lease', async () => {
    const { calls, run } = trial(undefined, {}, false);
    await assert.rejects(run(), /another leads/);
    assert.deepEqual(calls, []);
  });

  test('writes nothing, and says why, about an issuer that does not exist', async () => {
    const { calls, left, run } = trial(undefined, { issuerOf: () => undefined });
    assert.deepEqual(await run(), {});
    assert.deepEqual(left, ['its issuer does not exist']);
    assert.deepEqual(calls, []);
  });

  describe('with a guard', () => {
    const allowing = ok(policyField.parse({ rules: [{ name: 'web', allow: { dnsNames: ['a.example'] } }] }));
    const issuerOf = (): ReturnType<ApprovalDeps['issuerOf']> => ({ uid: 'issuer-uid', key: teamIssuer, policy: allowing });

    test('approves what the guard lets through', async () => {
      const { decided, run } = trial(undefined, { issuerOf, guard: async () => undefined });
      await run();
      assert.deepEqual(decided, ['Approved PolicyApproved']);
    });

    test('denies what the guard refuses', async () => {
      const refusal = { status: { change: 'failed', code: 'DeniedReference', message: 'may not' } } as const;
      const { decided, run } = trial(undefined, { issuerOf, guard: async () => refusal });
      await run();
      assert.deepEqual(decided, ['Denied DeniedReference']);
    });

    test('waits where the guard has no answer', async () => {
      const unknown = { status: { change: 'pending', code: 'X', message: 'not known' }, requeueAfterMs: 30_000 } as const;
      const { calls, left, run } = trial(undefined, { issuerOf, guard: async () => unknown });
      assert.deepEqual(await run(), { requeueAfterMs: 30_000 });
      assert.deepEqual([left, calls], [['trouble: not known'], []]);
    });

    test('tells nobody the rules of an issuer that they may not use', async () => {
      const refusal = { status: { change: 'failed', code: 'DeniedReference', message: 'may not' } } as const;
      const { decided, run } = trial(undefined, { guard: async () => refusal });
      await run();
      assert.deepEqual(decided, ['Denied DeniedReference']);
    });
  });
});
