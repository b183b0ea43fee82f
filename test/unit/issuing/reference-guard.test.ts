import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { SubjectAccessReview } from '../../../src/api/resources.ts';
import type { Conclusion } from '../../../src/issuing/conclusion.ts';
import { createReferenceGuard } from '../../../src/issuing/reference-guard.ts';
import type { Requester, RequestView } from '../../../src/issuing/request-view.ts';
import { KubeApiError } from '../../../src/kube/api-error.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { clusterIssuer, now, requestView } from './support/views.ts';

/** What the API server answers to a review, or how it fails. */
type Answer = (review: SubjectAccessReview) => SubjectAccessReview['status'] | Error;

interface Guarded {
  readonly verdict: Conclusion | undefined;
  readonly asked: readonly SubjectAccessReview[];
}

async function guard(request: RequestView, answer: Answer): Promise<Guarded> {
  const asked: SubjectAccessReview[] = [];
  const client = {
    async create(_resource: unknown, review: SubjectAccessReview) {
      asked.push(review);
      const status = answer(review);
      if (status instanceof Error) throw status;
      return { ...review, ...(status === undefined ? {} : { status }) };
    },
  } as unknown as Pick<KubeClient, 'create'>;
  const verdict = await createReferenceGuard(client, () => now)(request, new AbortController().signal);
  return { verdict, asked };
}

const jane: Requester = { username: 'jane', uid: 'u1', groups: ['developers'], extra: { scopes: ['a', 'b'] } };

function of(overrides: Partial<RequestView> = {}): RequestView {
  const { namespace: _namespace, ...view } = requestView({
    kind: 'CertificateSigningRequest',
    name: 'jane',
    requester: jane,
    ...overrides,
  });
  return view;
}

function codeOf(conclusion: Conclusion | undefined): string | undefined {
  const { status } = conclusion ?? {};
  return status === undefined || !('code' in status) ? undefined : `${status.change} ${status.code}`;
}

const allowed = { allowed: true };
const errors = (['Forbidden', 'Unreachable', 'Other'] as const).map((code) => new KubeApiError(code, 403, 'no'));

describe('the reference guard', () => {
  test('asks whether this very requester may reference this very issuer, then all of the namespace', async () => {
    const { verdict, asked } = await guard(of(), () => ({ allowed: false }));
    const review = (name: string): SubjectAccessReview['spec'] => ({
      user: 'jane',
      uid: 'u1',
      groups: ['developers'],
      extra: { scopes: ['a', 'b'] },
      resourceAttributes: { group: 'external-issuer.io', resource: 'signers', verb: 'reference', namespace: 'team-a', name },
    });
    assert.deepEqual(
      asked.map(({ spec }) => spec),
      [review('ca'), review('*')],
    );
    assert.equal(codeOf(verdict), 'failed DeniedReference');
    assert.match(
      verdict?.notices?.[0]?.note ?? '',
      /"jane" may not use ExternalIssuer "ca" in namespace "team-a".*"reference"/,
    );
  });

  test('lets pass who may use the issuer by its name, without a second question', async () => {
    const { verdict, asked } = await guard(of(), () => allowed);
    assert.deepEqual([verdict, asked.length], [undefined, 1]);
  });

  test('never asks about a cluster issuer, nor about a name that is none', async () => {
    for (const issuer of [clusterIssuer, { unknownKind: 'externalissuers.external-issuer.io/ca', name: '' }]) {
      const { verdict, asked } = await guard(of({ issuer }), () => errors[0]);
      assert.deepEqual([verdict, asked], [undefined, []]);
    }
  });

  test('refuses a request of nobody without a question', async () => {
    const { requester: _requester, ...nobody } = of();
    for (const request of [nobody, of({ requester: { username: '', groups: ['system:masters'] } })]) {
      const { verdict, asked } = await guard(request, () => allowed);
      assert.deepEqual([codeOf(verdict), asked.length], ['failed DeniedReference', 0]);
    }
  });

  test('waits and names the missing right where the controller may not ask', async () => {
    const { verdict } = await guard(of(), () => new KubeApiError('Forbidden', 403, 'cannot create'));
    assert.equal(codeOf(verdict), 'pending AccessReviewFailed');
    assert.match(verdict?.notices?.[0]?.note ?? '', /"create" on "subjectaccessreviews"/);
    assert.equal(verdict?.requeueAfterMs, 30_000);
  });

  const answer: fc.Arbitrary<SubjectAccessReview['status'] | Error> = fc.oneof(
    fc.constant(undefined),
    fc.constant({}),
    fc.constant({ allowed: false }),
    fc.constant(allowed),
    fc.constantFrom(...(['true', 1, {}, null] as const)).map((value) => ({ allowed: value }) as unknown as typeof allowed),
    fc.constantFrom<Error>(...errors, new Error('a bug'), new DOMException('stopped', 'AbortError') as unknown as Error),
  );
  const name = fc.stringMatching(/^[a-z0-9.-]{1,12}$/);

  test('passes only where the API server has said true for that name or *, and no error came before', async () => {
    await fc.assert(
      fc.asyncProperty(name, name, name, answer, answer, async (user, namespace, issuer, first, second) => {
        const request = of({
          issuer: { kind: 'ExternalIssuer', namespace, name: issuer },
          requester: { username: user, groups: [] },
        });
        const answers = [first, second];
        const asked: SubjectAccessReview[] = [];
        const passed = await guard(request, (review) => answers[asked.push(review) - 1]).then(
          ({ verdict }) => verdict === undefined,
          () => false,
        );
        const yes = (given: typeof first): boolean => !(given instanceof Error) && given?.allowed === true;
        assert.equal(passed, yes(first) || (!(first instanceof Error) && yes(second)));
        for (const [at, { spec }] of asked.entries()) {
          const { verb, resource, group, ...where } = spec.resourceAttributes;
          assert.deepEqual([spec.user, verb, resource, group], [user, 'reference', 'signers', 'external-issuer.io']);
          assert.deepEqual(where, { namespace, name: at === 0 ? issuer : '*' });
        }
      }),
    );
  });
});
