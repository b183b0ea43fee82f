import type { Policy } from '../../../../src/api/policy-fields.ts';
import type { CertificateSigningRequest } from '../../../../src/api/signing-request.ts';
import type { Conclusion, Notice, StatusChange } from '../../../../src/issuing/conclusion.ts';
import { createLedger } from '../../../../src/issuing/ledger.ts';
import { createRequestReconciler } from '../../../../src/issuing/reconcile-request.ts';
import { signingRequestKind } from '../../../../src/issuing/request-kinds/signing-request.ts';
import type { IssuerView, RequestView } from '../../../../src/issuing/request-view.ts';
import { createSignerPool } from '../../../../src/issuing/signer-pool.ts';
import { createStatusWriter } from '../../../../src/issuing/status-writer.ts';
import type { Reconcile, ReconcileResult } from '../../../../src/kube/controller.ts';
import { createFakeClock, type FakeClock } from '../../kube/support/fake-clock.ts';
import { createFakeSigner, type FakeSigner } from './fake-signer.ts';
import { apiError, createScriptedClient, type ScriptedClient } from './scripted-client.ts';
import { signingRequest } from './signing-requests.ts';
import { issuerView } from './views.ts';

/** One CertificateSigningRequest, its issuer with a signer, and an API server, all of which do what the test says and nothing else. */
export interface SigningRequestWorld extends Pick<ScriptedClient, 'expect' | 'applied' | 'done'> {
  readonly clock: FakeClock;
  readonly signer: FakeSigner;
  readonly told: Notice[];
  readonly concluded: StatusChange['change'][];
  /** The requests that the guard was asked about. */
  readonly guarded: RequestView[];
  /** What the guard says. */
  refusal: Conclusion | undefined;
  /** The object in the API server; undefined where it was deleted. */
  object: CertificateSigningRequest | undefined;
  view: RequestView | undefined;
  issuer: IssuerView | undefined;
  policy: Policy;
  expectApply(): void;
  expectGet(): void;
  /** An apply is expected, and is done without an answer. */
  expectLostAnswer(): void;
  /** Something else changes the object: it gets a new version. */
  change(change: Partial<CertificateSigningRequest>): void;
  /** The watch catches up. */
  watch(): void;
  /** The controller ends and another begins, which knows only what the API server has. */
  restart(): void;
  reconcile(): Promise<ReconcileResult>;
  /** The conditions in the API server, as `type=status reason: message`. */
  conditions(): readonly string[];
}

const retry = { budgetMs: 86_400_000, minDelayMs: 10_000, maxDelayMs: 600_000 };

export function createSigningRequestWorld(object = signingRequest()): SigningRequestWorld {
  const { client, expect, applied, done } = createScriptedClient();
  const clock = createFakeClock();
  let reconciler: Reconcile;
  const world: SigningRequestWorld = {
    expect,
    applied,
    done,
    clock,
    signer: createFakeSigner(),
    told: [],
    concluded: [],
    guarded: [],
    refusal: undefined,
    object,
    view: undefined,
    issuer: issuerView(),
    policy: { allowSystemMasters: false },
    expectApply: () => expect('apply', (sent) => store(sent as CertificateSigningRequest)),
    expectGet: () => expect('get', present),
    expectLostAnswer: () =>
      expect('apply', (sent) => {
        store(sent as CertificateSigningRequest);
        throw apiError('Conflict');
      }),
    change(change) {
      const before = present();
      const { metadata } = { ...before, ...change };
      const resourceVersion = String(Number(before.metadata.resourceVersion) + 1);
      world.object = { ...before, ...change, metadata: { ...metadata, resourceVersion } };
    },
    watch() {
      world.view = world.object === undefined ? undefined : signingRequestKind.view(world.object);
    },
    restart() {
      reconciler = newReconciler();
      world.watch();
    },
    reconcile: async () => await reconciler('jane', new AbortController().signal),
    conditions: () =>
      (world.object?.status?.conditions ?? []).map(
        ({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`,
      ),
  };
  world.restart();
  return world;

  function present(): CertificateSigningRequest {
    if (world.object === undefined) throw apiError('NotFound');
    return world.object;
  }

  function newReconciler(): Reconcile {
    const pool = createSignerPool({ clock, wake: () => undefined, onCloseFailed: () => undefined });
    const limits = { retry, maxInFlight: 1, strict: false, policy: world.policy };
    pool.install('issuer-uid', 'hash', world.signer, limits);
    pool.checkPassed('issuer-uid');
    const fence = (): void => undefined;
    return createRequestReconciler({
      requestOf: () => world.view,
      showsWaiting: signingRequestKind.showsWaiting,
      issuerOf: (key) => (key === 'ExternalIssuer/team-a/ca' ? world.issuer : undefined),
      async guard(request) {
        world.guarded.push(request);
        return world.refusal;
      },
      onIssuerBroken: () => undefined,
      pool,
      ledger: createLedger(),
      clock,
      random: () => 0,
      fence,
      write: createStatusWriter(signingRequestKind, { client, fence, now: clock.now, onWrite: () => undefined }),
      tell: (_request, notice) => world.told.push(notice),
      onConcluded: (_request, { change }) => world.concluded.push(change),
      onAttempt: () => undefined,
    });
  }

  /** As server-side apply: our fields are replaced by those sent, others' conditions stay. */
  function store(sent: CertificateSigningRequest): CertificateSigningRequest {
    const { metadata, status } = present();
    if (sent.metadata.resourceVersion !== metadata.resourceVersion || sent.metadata.uid !== metadata.uid) {
      throw apiError('Conflict');
    }
    const others = (status?.conditions ?? []).filter(({ type }) => type === 'Approved' || type === 'Denied');
    world.change({ status: { ...sent.status, conditions: [...others, ...(sent.status?.conditions ?? [])] } });
    return present();
  }
}
