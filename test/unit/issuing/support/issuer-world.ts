import * as z from 'zod';
import type { CaStatus } from '../../../../src/api/ca-status.ts';
import type { Condition } from '../../../../src/api/conditions.ts';
import type { Issuer, IssuerSpec } from '../../../../src/api/issuer.ts';
import { externalIssuerNames, type IssuerKindNames } from '../../../../src/api/group.ts';
import { externalClusterIssuers, externalIssuers, type ConfigMap, type Secret } from '../../../../src/api/resources.ts';
import type { Notice } from '../../../../src/issuing/conclusion.ts';
import type { IssuerFinding } from '../../../../src/issuing/issuer-finding.ts';
import { createIssuerStatusWriter } from '../../../../src/issuing/issuer-status.ts';
import { viewIssuer } from '../../../../src/issuing/issuer-view.ts';
import { createIssuerReconciler } from '../../../../src/issuing/reconcile-issuer.ts';
import type { SeenReference } from '../../../../src/issuing/reference-watcher.ts';
import { createReferenceReader } from '../../../../src/issuing/references.ts';
import { issuerKeyText, type IssuerView } from '../../../../src/issuing/request-view.ts';
import { createSignerPool, type SignerPool } from '../../../../src/issuing/signer-pool.ts';
import type { KubeApiError } from '../../../../src/kube/api-error.ts';
import type { ReconcileResult } from '../../../../src/kube/controller.ts';
import { keyText, type KubeObject } from '../../../../src/kube/resource.ts';
import { err, ok, type Result } from '../../../../src/lib/result.ts';
import type { SignerDefinition, WantedReference } from '../../../../src/signers/definition.ts';
import type { ConfigProblem, Signer, SignerInput } from '../../../../src/signers/signer.ts';
import { createFakeClock, type FakeClock } from '../../kube/support/fake-clock.ts';
import { createFakeSigner, healthy, type FakeSigner } from './fake-signer.ts';
import { apiError, createScriptedClient, type ScriptedClient } from './scripted-client.ts';

/** One issuer of signerType `fake`, what it refers to, and an API server. */
export interface IssuerWorld extends Pick<ScriptedClient, 'expect' | 'applied' | 'done'> {
  readonly clock: FakeClock;
  readonly pool: SignerPool;
  /** The signer that is opened for the issuer. */
  readonly signer: FakeSigner;
  /** What signers were opened with. */
  readonly opened: SignerInput<unknown>[];
  /** What opening gives; absent: the signer. */
  opening: Result<Signer, ConfigProblem> | undefined;
  /** What the configuration names. */
  wanted: readonly WantedReference[];
  /** Secrets and ConfigMaps, or how reading them fails, by `Secret namespace/name`. */
  readonly referenced: Map<string, Secret | ConfigMap | KubeApiError>;
  followed: readonly SeenReference[];
  readonly told: Notice[];
  readonly findings: IssuerFinding[];
  /** The CA that was last said to be shown. */
  shownCa: CaStatus | undefined;
  readonly wokenRequests: string[];
  readonly gone: string[];
  /** The issuers whose requests were told that a signer works that they have not been tried with. */
  readonly signerReady: string[];
  object: Issuer;
  /** What the store shows. */
  view: IssuerView | undefined;
  readonly enabled: Set<string>;
  holdsLease: boolean;
  expectApply(): void;
  expectGet(): void;
  /** Gives the issuer another spec, which is another generation, and shows it. */
  respec(spec: IssuerSpec): void;
  watch(): void;
  reconcile(): Promise<ReconcileResult>;
  /** A request asks for the signer, and gives it back at once where it gets it. */
  queueRequest(request: string): 'signer' | 'queued';
  /** The Ready condition in the API server, as `status reason: message`. */
  ready(): string | undefined;
}

/** Makes the world of a new issuer: an ExternalIssuer in team-a, or an ExternalClusterIssuer. */
export function createIssuerWorld(
  spec: IssuerSpec = { signerType: 'fake' },
  names: IssuerKindNames = externalIssuerNames,
): IssuerWorld {
  const { client, expect, applied, done } = createScriptedClient();
  const clock = createFakeClock();
  const inNamespace = names.namespaced ? { namespace: 'team-a' } : {};

  const world: IssuerWorld = {
    expect,
    applied,
    done,
    clock,
    pool: createSignerPool({
      clock,
      wake: (request) => world.wokenRequests.push(request),
      onCloseFailed: (error) => {
        throw error;
      },
    }),
    signer: createFakeSigner(),
    opened: [],
    opening: undefined,
    wanted: [],
    referenced: new Map(),
    followed: [],
    told: [],
    findings: [],
    shownCa: undefined,
    wokenRequests: [],
    gone: [],
    signerReady: [],
    object: { metadata: { name: 'ca', uid: 'issuer-uid', resourceVersion: '5', generation: 1, ...inNamespace }, spec },
    view: undefined,
    enabled: new Set(['fake', 'other']),
    holdsLease: true,
    expectApply: () => expect('apply', (object) => store(object as Issuer)),
    expectGet: () => expect('get', () => world.object),
    respec(next) {
      const { metadata } = world.object;
      const generation = (metadata.generation ?? 0) + 1;
      world.object = { ...world.object, metadata: { ...metadata, generation, resourceVersion: nextVersion() }, spec: next };
      world.watch();
    },
    watch() {
      world.view = viewIssuer(names, world.object);
    },
    reconcile: async () => await reconciler(key, new AbortController().signal),
    queueRequest(request) {
      const acquired = world.pool.acquire('issuer-uid', request);
      if (acquired.got === 'signer') acquired.release();
      return acquired.got;
    },
    ready() {
      const condition = readyOf(world.object);
      return condition === undefined ? undefined : `${condition.status} ${condition.reason}: ${condition.message}`;
    },
  };
  world.watch();
  const key = issuerKeyText(world.view?.key ?? { kind: names.kind, name: 'ca' });

  const definition: SignerDefinition = {
    type: 'fake',
    block: 'fake',
    description: 'A signer that does what a test says',
    schema: z.object({ level: z.int().max(9).optional() }),
    rules: [],
    caution: 'This signer is a fake.',
    references: () => world.wanted,
    readFlatConfigMap(data) {
      const level = data.get('fake-level');
      if (level === undefined) return undefined;
      const number = Number(Buffer.from(level).toString());
      return Number.isNaN(number) ? err('fake-level: is no number') : ok({ level: number });
    },
    explainFlatFields: (message) => `${message} (from fake-level)`,
    async open(input) {
      world.opened.push(input);
      return world.opening ?? ok(world.signer);
    },
    forget: (uid) => void world.gone.push(`signer of ${uid}`),
  };
  const fence = (): void => {
    if (!world.holdsLease) throw new Error('the Lease is lost');
  };
  const reconciler = createIssuerReconciler({
    signers: [definition, { ...definition, type: 'other', block: 'other' }],
    enabled: world.enabled,
    scope: { clusterResourceNamespace: 'pki-system', allowedNamespaces: ['pki-shared'] },
    read: createReferenceReader({ get: async (resource, at) => readReference(`${resource.kind} ${keyText(at)}`) as never }),
    issuerOf: () => world.view,
    pool: world.pool,
    watcher: {
      follow: (follower, references) => {
        world.followed = follower === key ? references : [];
      },
      forget: (follower) => void world.gone.push(`refs of ${follower}`),
    },
    write: createIssuerStatusWriter({
      client,
      resourceOf: () => (names.namespaced ? externalIssuers : externalClusterIssuers),
      view: (_issuer, object) => viewIssuer(names, object),
      fence,
      now: clock.now,
    }),
    requestToken: (namespace) => async () => err({ code: 'Test', message: namespace }),
    clock,
    random: () => 0,
    fence,
    tell: (_issuer, notice) => world.told.push(notice),
    onFinding: (_issuer, finding, _signer, ca) => {
      world.findings.push(finding);
      world.shownCa = ca;
    },
    onCheck: () => {},
    onSignerReady: ({ uid }) => void world.signerReady.push(uid),
    onGone: (issuer) => world.gone.push(issuer.uid),
  });
  return world;

  function readReference(at: string): KubeObject {
    const found = world.referenced.get(at) ?? apiError('NotFound');
    if (found instanceof Error) throw found;
    return found;
  }

  function nextVersion(): string {
    return String(Number(world.object.metadata.resourceVersion) + 1);
  }

  function store({ metadata, status }: Issuer): Issuer {
    const { resourceVersion } = world.object.metadata;
    if (metadata.resourceVersion !== resourceVersion) throw apiError('Conflict');
    const sent = { metadata: { ...world.object.metadata, resourceVersion: nextVersion() }, spec: world.object.spec };
    world.object = status === undefined ? sent : { ...sent, status };
    return world.object;
  }
}

/** The Ready condition of an issuer. */
export function readyOf({ status }: Issuer): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

/** A Secret with one key, `token`. */
export function secret(token: string, resourceVersion: string, type = 'Opaque'): Secret {
  const data = { token: Buffer.from(token).toString('base64') };
  return { metadata: { name: 'credentials', resourceVersion }, type, data };
}

/** The world of an issuer that was checked once and found well; what was told and called so far is forgotten. */
export async function checked(world: IssuerWorld = createIssuerWorld()): Promise<IssuerWorld> {
  world.signer.checks.push(healthy);
  world.expectApply();
  world.expectApply();
  await world.reconcile();
  world.watch();
  for (const list of [world.told, world.findings, world.wokenRequests]) list.splice(0);
  world.signer.callsNow();
  return world;
}
