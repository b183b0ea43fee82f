import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { KubeApiError, type KubeErrorCode } from '../../../src/kube/api-error.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { RequestKindName } from '../../../src/issuing/request-view.ts';
import { requestStates } from '../../../src/issuing/request-states.ts';
import { serveTerm, type TermView } from '../../../src/manager/term.ts';
import { createMetrics } from '../../../src/server/metrics.ts';
import { metricSources } from '../support/metric-sources.ts';
import { createFakeClock, settle, type FakeClock } from '../kube/support/fake-clock.ts';

const selector = 'spec.issuerRef.group=external-issuer.io';

interface Term {
  readonly clock: FakeClock;
  /** The lists and watches asked for: `list certificaterequests <field selector>`. */
  readonly asked: string[];
  readonly logged: string[];
  synced: boolean;
  view: TermView | undefined;
  /** Ends the term, and waits for it. */
  end(): Promise<void>;
}

/** A term of leadership over an empty cluster that refuses the first lists of requests by these errors. */
function startTerm(
  refusals: readonly (readonly [KubeErrorCode, number])[],
  requestKinds: readonly RequestKindName[] = ['CertificateRequest'],
): Term {
  const clock = createFakeClock();
  const stop = new AbortController();
  const left = [...refusals];
  const [asked, logged]: [string[], string[]] = [[], []];
  const unexpected = async (): Promise<never> => await Promise.reject(new Error('not expected'));

  const client: KubeClient = {
    async list({ plural }, { fieldSelector = '' }) {
      asked.push(`list ${plural} ${fieldSelector}`.trimEnd());
      const refusal = plural === 'certificaterequests' ? left.shift() : undefined;
      if (refusal !== undefined) throw new KubeApiError(...refusal, 'refused');
      return { metadata: { resourceVersion: '1' }, items: [] };
    },
    async *watch({ plural }, { fieldSelector = '', signal }) {
      asked.push(`watch ${plural} ${fieldSelector}`.trimEnd());
      yield* await new Promise<never[]>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    },
    get: unexpected,
    create: unexpected,
    replace: unexpected,
    apply: unexpected,
    mergePatch: unexpected,
    delete: unexpected,
  };
  const term: Term = {
    clock,
    asked,
    logged,
    synced: false,
    view: undefined,
    async end() {
      stop.abort();
      await ended;
    },
  };
  const metrics = createMetrics(metricSources());
  const ended = serveTerm(
    {
      client,
      clock,
      random: () => 0,
      log: pino({ level: 'warn' }, { write: (line: string) => logged.push(line) }),
      recorder: { record: () => {}, pending: () => 0, stop: async () => {} },
      metrics,
      signers: [],
      enabledSigners: new Set(),
      scope: { clusterResourceNamespace: 'pki', allowedNamespaces: [] },
      fence: () => {},
      workers: 2,
      requestKinds,
    },
    {
      onStarted: (view) => {
        term.view = view;
      },
      onSynced: () => {
        term.synced = true;
      },
    },
    { stop: stop.signal, abort: new AbortController().signal },
  );
  return term;
}

describe('a term of leadership', () => {
  test('asks the API server for the requests of our group alone, and knows all when it has listed all', async () => {
    const term = startTerm([]);
    await settle();
    assert.equal(term.synced, true);
    assert.deepEqual(term.asked.filter((what) => what.startsWith('watch')).toSorted(), [
      `watch certificaterequests ${selector}`,
      'watch externalclusterissuers',
      'watch externalissuers',
    ]);
    await term.end();
  });

  test('asks for all requests where the API server does not serve that selector', async () => {
    const term = startTerm([['Other', 400]]);
    await settle();
    assert.ok(term.asked.includes('watch certificaterequests'));
    assert.equal(term.synced, true);
    await term.end();
  });

  test('asks for requests until their kind is there, still for those of our group, while issuers are looked at', async () => {
    const term = startTerm([
      ['NotFound', 404],
      ['Unreachable', 0],
      ['NotFound', 404],
    ]);
    await settle();
    const issuerWatches = ['watch externalclusterissuers', 'watch externalissuers'];
    assert.deepEqual(term.asked.filter((what) => what.startsWith('watch')).toSorted(), issuerWatches);
    assert.equal(term.synced, false);
    await term.clock.advance(60_000);
    assert.ok(term.asked.includes(`watch certificaterequests ${selector}`));
    assert.equal(term.synced, true);
    assert.match(term.logged.join(), /cannot list or watch, will try again/);
    await term.end();
  });

  test('asks for the requests of each kind that is to be signed, and of no other', async () => {
    const watched = async (...kinds: readonly RequestKindName[]): Promise<readonly string[]> => {
      // There is no cert-manager here.
      const term = startTerm(kinds.includes('CertificateRequest') ? [] : [['NotFound', 404]], kinds);
      await settle();
      assert.equal(term.synced, true);
      assert.deepEqual(
        term.view?.unfinishedRequests(),
        kinds.flatMap((kind) => requestStates.map((state) => ({ kind, state, count: 0, oldestMs: 0 }))),
      );
      assert.deepEqual(
        [...(term.view?.queues() ?? [])].map(({ name }) => name),
        ['issuer', ...kinds],
      );
      await term.end();
      return term.asked.filter((what) => what.startsWith('watch certificate')).toSorted();
    };
    const [own, kubernetes] = [`watch certificaterequests ${selector}`, 'watch certificatesigningrequests'];
    assert.deepEqual(await watched('CertificateRequest'), [own]);
    assert.deepEqual(await watched('CertificateSigningRequest'), [kubernetes]);
    assert.deepEqual(await watched('CertificateRequest', 'CertificateSigningRequest'), [own, kubernetes]);
  });

  test('ends while it waits for the first answer', async () => {
    const term = startTerm([
      ['Unreachable', 0],
      ['Unreachable', 0],
    ]);
    await settle();
    await term.end();
    assert.equal(term.synced, false);
    assert.equal(term.asked.filter((what) => what.startsWith('list certificaterequests')).length, 1);
  });
});
