import { group, issuerKinds, version, type IssuerKindNames } from '../api/group.ts';
import type { Issuer } from '../api/issuer.ts';
import { externalClusterIssuers, externalIssuers } from '../api/resources.ts';
import { createReflector, type ReflectorDeps } from '../kube/reflector.ts';
import type { Resource } from '../kube/resource.ts';
import { createStore } from '../kube/store.ts';

/** What is known of the issuers of both kinds. */
export interface IssuerStores<V> {
  /** By the text of its key. */
  readonly find: (issuerKey: string) => V | undefined;
  readonly values: () => Iterable<V>;
  /** Settles when every issuer of the cluster is known. */
  readonly synced: Promise<unknown>;
  /** Watches until `signal` is aborted. */
  run(signal: AbortSignal): Promise<unknown>;
}

/** Makes the stores of both kinds, which hold of each issuer what `project` takes from it. */
export function createIssuerStores<V extends { readonly uid: string }>(
  project: (names: IssuerKindNames, object: Issuer) => V,
  onDelta: (before: V | undefined, after: V | undefined) => void,
  deps: Omit<ReflectorDeps, 'onTrouble'> & { readonly onTrouble: (resource: string) => void },
): IssuerStores<V> {
  const kinds = issuerKinds.map((names) => {
    const store = createStore(
      (object: Issuer) => project(names, object),
      (_key, before, after) => onDelta(before, after),
    );
    const onTrouble = (): void => deps.onTrouble(names.plural);
    return { names, store, reflector: createReflector(issuerResource(names), {}, store, { ...deps, onTrouble }) };
  });
  return {
    find(key) {
      const slash = key.indexOf('/');
      return kinds.find(({ names }) => names.kind === key.slice(0, slash))?.store.get(key.slice(slash + 1));
    },
    values: () => kinds.flatMap(({ store }) => [...store.values()]),
    synced: Promise.all(kinds.map(({ reflector }) => reflector.synced)),
    run: async (signal) => await Promise.all(kinds.map(async ({ reflector }) => await reflector.run(signal))),
  };
}

/** The names of an issuer kind. */
export function issuerNamesOf(kind: string): IssuerKindNames {
  const names = issuerKinds.find((known) => known.kind === kind);
  if (names === undefined) throw new Error(`${kind} is not an issuer kind of ${group}/${version}`);
  return names;
}

/** The resource of an issuer kind. */
export function issuerResource({ namespaced }: IssuerKindNames): Resource<Issuer> {
  return namespaced ? externalIssuers : externalClusterIssuers;
}
