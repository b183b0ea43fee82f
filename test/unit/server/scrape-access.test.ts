import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KubeApiError } from '../../../src/kube/api-error.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { KubeObject, Resource } from '../../../src/kube/resource.ts';
import { createScrapeAccess, type ScrapeAccess } from '../../../src/server/scrape-access.ts';
import { bearerToken } from '../../../src/server/scrape-decision.ts';
import { createFakeClock, type FakeClock } from '../kube/support/fake-clock.ts';

const scraper = {
  username: 'system:serviceaccount:monitoring:prometheus',
  uid: 'u-1',
  groups: ['system:authenticated'],
  extra: { 'example.org/pod': ['p'] },
};

interface Lab {
  readonly clock: FakeClock;
  readonly access: ScrapeAccess;
  readonly asked: (readonly [string, unknown])[];
  readonly trouble: KubeApiError[];
  /** What the API server answers to the two questions; an error: to any. */
  answers: { token: unknown; allowed: unknown } | KubeApiError;
  /** Holds the answers back until it is called. */
  hold(): () => void;
}

function createLab(): Lab {
  const clock = createFakeClock();
  let gate = Promise.resolve();
  const client = {
    async create(resource: Resource<KubeObject>, object: { spec: unknown }) {
      lab.asked.push([resource.kind, object.spec]);
      await gate;
      if (lab.answers instanceof Error) throw lab.answers;
      return { ...object, status: resource.kind === 'TokenReview' ? lab.answers.token : lab.answers.allowed };
    },
  } as unknown as KubeClient;
  const lab: Lab = {
    clock,
    asked: [],
    trouble: [],
    answers: { token: { authenticated: true, user: scraper }, allowed: { allowed: true } },
    access: createScrapeAccess({ client, clock, onTrouble: (error) => lab.trouble.push(error) }),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
  return lab;
}

describe('who scrapes', () => {
  test('is let in whose token the API server knows and whom it allows to get /metrics', async () => {
    const { access, asked } = createLab();
    assert.equal(await access('Bearer abc.def-1_2'), undefined);
    const { username, ...rest } = scraper;
    const nonResourceAttributes = { path: '/metrics', verb: 'get' };
    assert.deepEqual(asked, [
      ['TokenReview', { token: 'abc.def-1_2' }],
      ['SubjectAccessReview', { user: username, ...rest, nonResourceAttributes }],
    ]);
  });

  for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic dXNlcjpwYXNz', 'Bearer a b', 'Bearer a\u00e9']) {
    test(`is told to send a token where the header is ${JSON.stringify(header)}, and the API server is not asked`, async () => {
      const { access, asked } = createLab();
      const refusal = await access(header);
      assert.deepEqual([refusal?.status, asked], [401, []]);
      assert.match(refusal?.text ?? '', /Authorization: Bearer TOKEN/);
    });
  }

  const unknown: readonly (readonly [string, unknown])[] = [
    ['is not authenticated', { authenticated: false, user: scraper }],
    ['is nobody', { authenticated: true }],
    ['has an empty name', { authenticated: true, user: { username: '' } }],
    ['is not answered about', undefined],
    ['is authenticated by no boolean', { authenticated: 'true', user: scraper }],
  ];
  for (const [what, token] of unknown) {
    test(`is refused where the token ${what}`, async () => {
      const lab = createLab();
      lab.answers = { token, allowed: { allowed: true } };
      assert.equal((await lab.access('Bearer t'))?.status, 401);
      assert.equal(lab.asked.length, 1);
    });
  }

  for (const allowed of [{ allowed: false }, {}, undefined, { allowed: 'yes' }]) {
    test(`is told which ClusterRole is missing where the review says ${JSON.stringify(allowed)}`, async () => {
      const lab = createLab();
      lab.answers = { token: { authenticated: true, user: scraper }, allowed };
      const refusal = await lab.access('Bearer t');
      assert.equal(refusal?.status, 403);
      assert.match(refusal.text, /system:serviceaccount:monitoring:prometheus.*external-issuer-metrics-reader/);
    });
  }

  test('is not let in where the API server cannot be asked, which is told once in a while and not kept', async () => {
    const lab = createLab();
    const well = lab.answers;
    lab.answers = new KubeApiError('Forbidden', 403, 'create tokenreviews: forbidden');
    assert.equal((await lab.access('Bearer t'))?.status, 503);
    assert.equal((await lab.access('Bearer u'))?.status, 503);
    assert.equal(lab.trouble.length, 1);
    await lab.clock.advance(30_000);
    assert.equal((await lab.access('Bearer t'))?.status, 503);
    assert.equal(lab.trouble.length, 2);
    lab.answers = well;
    assert.equal(await lab.access('Bearer t'), undefined);
  });

  test('is asked about once a minute, and once in 5 s where they are refused', async () => {
    const lab = createLab();
    const well = lab.answers;
    await lab.access('Bearer t');
    await lab.clock.advance(59_999);
    await lab.access('Bearer t');
    assert.equal(lab.asked.length, 2);
    await lab.clock.advance(1);
    lab.answers = { token: { authenticated: false }, allowed: {} };
    assert.equal((await lab.access('Bearer t'))?.status, 401);
    lab.answers = well;
    await lab.clock.advance(4999);
    assert.equal((await lab.access('Bearer t'))?.status, 401);
    await lab.clock.advance(1);
    assert.equal(await lab.access('Bearer t'), undefined);
  });

  test('waits for the answer that another scrape with the token waits for, and few tokens are asked about at once', async () => {
    const lab = createLab();
    const release = lab.hold();
    const first = Array.from({ length: 8 }, async (_, index) => await lab.access(`Bearer t${index}`));
    const same = lab.access('Bearer t0');
    assert.equal((await lab.access('Bearer more'))?.status, 503);
    assert.equal(lab.asked.length, 8);
    release();
    assert.deepEqual(
      await Promise.all([...first, same]),
      Array.from({ length: 9 }, () => undefined),
    );
    assert.equal(await lab.access('Bearer more'), undefined);
  });

  test('is not kept out by the made-up tokens of others where they were let in before', async () => {
    const lab = createLab();
    await lab.access('Bearer mine');
    const well = lab.answers;
    lab.answers = { token: { authenticated: false }, allowed: {} };
    for (let index = 0; index < 100; index += 1) await lab.access(`Bearer made-up-${index}`);
    const before = lab.asked.length;
    assert.equal(await lab.access('Bearer mine'), undefined);
    assert.equal(lab.asked.length, before);
    await lab.clock.advance(60_000);
    lab.answers = well;
    const release = lab.hold();
    const flood = Array.from({ length: 8 }, async (_, index) => await lab.access(`Bearer flood-${index}`));
    const mine = lab.access('Bearer mine');
    assert.equal((await lab.access('Bearer another'))?.status, 503);
    release();
    assert.equal(await mine, undefined);
    await Promise.all(flood);
  });

  test('cannot have the API server asked more than 20 times in a second by made-up tokens, one after the other', async () => {
    const lab = createLab();
    lab.answers = { token: { authenticated: false }, allowed: {} };
    const statuses: (number | undefined)[] = [];
    for (let index = 0; index < 30; index += 1) statuses.push((await lab.access(`Bearer made-up-${index}`))?.status);
    assert.equal(lab.asked.length, 20);
    assert.deepEqual(new Set(statuses.slice(20)), new Set([503]));
    await lab.clock.advance(1000);
    assert.equal((await lab.access('Bearer another'))?.status, 401);
  });

  test('is forgotten where 64 others have come since', async () => {
    const lab = createLab();
    for (let index = 0; index <= 64; index += 1) {
      if (index % 20 === 0) await lab.clock.advance(1000);
      await lab.access(`Bearer t${index}`);
    }
    const before = lab.asked.length;
    await lab.access('Bearer t64');
    assert.equal(lab.asked.length, before);
    await lab.access('Bearer t0');
    assert.equal(lab.asked.length, before + 2);
  });
});

test('a bearer token is read whatever the case of its scheme', () => {
  assert.equal(bearerToken('bearer  a.b-c_d~e+f/g== '), 'a.b-c_d~e+f/g==');
});
