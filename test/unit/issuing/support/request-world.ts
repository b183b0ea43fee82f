import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import type { Notice, StatusChange } from '../../../../src/issuing/conclusion.ts';
import { createLedger } from '../../../../src/issuing/ledger.ts';
import { createRequestReconciler } from '../../../../src/issuing/reconcile-request.ts';
import { certificateRequestKind } from '../../../../src/issuing/request-kinds/certificate-request.ts';
import type { IssuerView, RequestView } from '../../../../src/issuing/request-view.ts';
import { createSignerPool, type SignerPool } from '../../../../src/issuing/signer-pool.ts';
import { createStatusWriter } from '../../../../src/issuing/status-writer.ts';
import type { Reconcile, ReconcileResult } from '../../../../src/kube/controller.ts';
import { createFakeClock, type FakeClock } from '../../kube/support/fake-clock.ts';
import { certificateRequest, conditionsOf } from './certificate-requests.ts';
import { createFakeSigner, type FakeSigner } from './fake-signer.ts';
import { apiError, createScriptedClient, type ScriptedClient } from './scripted-client.ts';
import { issuerView } from './views.ts';

/** One request, its issuer with a signer, and an API server, all of which do what the test says and nothing else. */
export interface RequestWorld extends Pick<ScriptedClient, 'expect' | 'applied' | 'done'> {
  readonly clock: FakeClock;
  readonly signer: FakeSigner;
  readonly told: Notice[];
  readonly concluded: StatusChange['change'][];
  readonly suspected: IssuerView[];
  readonly writes: string[];
  /** Requests that the pool woke. */
  readonly woken: string[];
  pool: SignerPool;
  /** The object in the API server. */
  object: CertificateRequest;
  /** What the store shows; undefined where the request is gone or finished. */
  view: RequestView | undefined;
  issuer: IssuerView | undefined;
  /** A cluster issuer of the same name. */
  clusterIssuer: IssuerView | undefined;
  holdsLease: boolean;
  /** Whether the issuer refuses certificates that differ from the request; from the next restart on. */
  strict: boolean;
  /** An apply is expected: the API server takes it, or refuses it where it was decided on an older version. */
  expectApply(): void;
  expectGet(): void;
  /** An apply is expected, and comes to nothing. */
  expectLostApply(error?: Error): void;
  /** Something else changes the object: it gets a new version. */
  change(change: Partial<CertificateRequest>): void;
  /** The watch catches up. */
  watch(): void;
  /** The controller ends and another begins, which knows only what the API server has. */
  restart(): void;
  reconcile(): Promise<ReconcileResult>;
  /** The Ready condition in the API server, as `reason: message`. */
  ready(): string | undefined;
}

const retry = { budgetMs: 86_400_000, minDelayMs: 10_000, maxDelayMs: 600_000 };

export function createRequestWorld(): RequestWorld {
  const { client, expect, applied, done } = createScriptedClient();
  const clock = createFakeClock();
  let reconciler: Reconcile;

  const world: RequestWorld = {
    expect,
    applied,
    done,
    clock,
    signer: createFakeSigner(),
    told: [],
    concluded: [],
    suspected: [],
    writes: [],
    woken: [],
    pool: newPool(),
    object: certificateRequest(),
    view: undefined,
    issuer: issuerView(),
    clusterIssuer: undefined,
    holdsLease: true,
    strict: false,
    expectApply: () => expect('apply', (object) => store(object as CertificateRequest)),
    expectGet: () => expect('get', () => world.object),
    expectLostApply: (error = apiError('Unreachable')) =>
      expect('apply', () => {
        throw error;
      }),
    change(change) {
      const resourceVersion = String(Number(world.object.metadata.resourceVersion) + 1);
      const { metadata } = { ...world.object, ...change };
      world.object = { ...world.object, ...change, metadata: { ...metadata, resourceVersion } };
    },
    watch() {
      world.view = certificateRequestKind.view(world.object);
    },
    restart() {
      world.pool = newPool();
      reconciler = newReconciler();
      world.watch();
    },
    reconcile: async () => await reconciler('team-a/web-1', new AbortController().signal),
    ready() {
      const { reason, message } = conditionsOf(world.object)['Ready'] ?? {};
      return reason === undefined ? undefined : `${reason}: ${message}`;
    },
  };
  world.restart();
  return world;

  function newPool(): SignerPool {
    return createSignerPool({
      clock,
      wake: (key) => world.woken.push(key),
      onCloseFailed: (error) => {
        throw error;
      },
    });
  }

  function newReconciler(): Reconcile {
    const fence = (): void => {
      if (!world.holdsLease) throw new Error('the Lease is lost');
    };
    world.pool.install('issuer-uid', 'hash', world.signer, {
      retry,
      maxInFlight: 1,
      strict: world.strict,
      policy: { allowSystemMasters: false },
    });
    world.pool.checkPassed('issuer-uid');
    return createRequestReconciler({
      requestOf: () => world.view,
      showsWaiting: true,
      issuerOf: (key) => (key.startsWith('ExternalClusterIssuer/') ? world.clusterIssuer : world.issuer),
      onIssuerBroken: (issuer) => world.suspected.push(issuer),
      pool: world.pool,
      ledger: createLedger(),
      clock,
      random: () => 0,
      fence,
      write: createStatusWriter(certificateRequestKind, {
        client,
        fence,
        now: clock.now,
        onWrite: (result) => world.writes.push(result),
      }),
      tell: (_request, notice) => world.told.push(notice),
      onConcluded: (_request, { change }) => world.concluded.push(change),
      onAttempt: () => {},
    });
  }

  /** As server-side apply: our conditions are replaced by those sent, others' stay. */
  function store(sent: CertificateRequest): CertificateRequest {
    if (sent.metadata.resourceVersion !== world.object.metadata.resourceVersion) throw apiError('Conflict');
    const others = (world.object.status?.conditions ?? []).filter(({ type }) => type === 'Approved' || type === 'Denied');
    world.change({ status: { ...sent.status, conditions: [...others, ...(sent.status?.conditions ?? [])] } });
    return world.object;
  }
}
