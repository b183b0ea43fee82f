import { issuerSpecSchema } from '../api/issuer.ts';
import { viewIssuer } from '../issuing/issuer-view.ts';
import { issuerWords, type IssuerView } from '../issuing/request-view.ts';
import { resolveIssuer, type ResolvedIssuer } from '../issuing/resolve-issuer.ts';
import { unknownFields } from '../lib/fields.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { SignerDefinition } from '../signers/definition.ts';
import type { Signer } from '../signers/signer.ts';
import { readAllReferences } from './all-references.ts';
import type { IssuerFlags } from './issuer-options.ts';
import { createManifestReader } from './manifests/reader.ts';
import type { Manifests } from './manifests.ts';
import { listOf } from './option-values.ts';
import type { TokenStandIn } from './token-stand-in.ts';

/** An issuer of the files whose signer is open; `close` is the caller's to call. */
export interface OpenedIssuer {
  readonly signer: Signer;
  readonly resolved: ResolvedIssuer;
  readonly view: IssuerView;
  /** `ExternalIssuer "pki" in namespace "team-a"`. */
  readonly words: string;
  /** What its users must know, and which of the files' objects it does not use. */
  readonly warnings: readonly string[];
}

/** What {@link openIssuer} needs from outside. */
export interface OpenIssuerDeps {
  readonly signers: readonly SignerDefinition[];
  readonly requestToken: TokenStandIn | undefined;
  /** Where an ExternalIssuer is whose manifest does not say. */
  readonly namespace?: string | undefined;
}

/** An issuer of a file has no uid; what signers keep by it ends with this process. */
const uid = 'of-a-file';
/** Several problems of a spec come as one text; here each has a line of its own. */
const betweenProblems = /; (?=spec(?:\.\w+|\[\d+\])*: )/;

/**
 * Opens the signer of the files' issuer by the same steps as the controller.
 * @returns every problem that can be found, each with its place; the network is not used.
 */
export async function openIssuer(
  manifests: Manifests,
  flags: Pick<IssuerFlags, 'clusterResourceNamespace' | 'allowedReferenceNamespaces'>,
  { signers, requestToken, namespace = 'default' }: OpenIssuerDeps,
  signal: AbortSignal,
): Promise<Result<OpenedIssuer, readonly string[]>> {
  const { object, names, at } = manifests.issuer;
  const metadata = { namespace, ...object.metadata, uid };
  const view = viewIssuer(names, { ...object, metadata });
  const reader = createManifestReader(manifests);
  const references = readAllReferences(reader.read);
  const { result } = await resolveIssuer(
    view,
    {
      signers,
      enabled: new Set(signers.map(({ type }) => type)),
      scope: {
        clusterResourceNamespace: flags.clusterResourceNamespace,
        allowedNamespaces: listOf(flags.allowedReferenceNamespaces ?? ''),
      },
      read: references.read,
      ...(requestToken === undefined ? {} : { requestToken: () => requestToken }),
    },
    signal,
  );
  const missing = references.bad.map(({ problem }) => problem.message);
  // An API server would refuse or drop these; nothing that is written may count for nothing.
  const problems = [...unknownFields(issuerSpecSchema(signers), view.spec, 'spec'), ...missing];
  if (!result.ok && !missing.includes(result.error.message)) problems.push(...result.error.message.split(betweenProblems));
  if (!result.ok || problems.length > 0) return err(problems.map(at));

  const { definition, input } = result.value;
  const opened = await definition.open(input);
  if (!opened.ok) {
    const { code, message } = opened.error;
    return err([at(`${code}: ${message}${hintOn(message, requestToken !== undefined)}`)]);
  }
  const signer = opened.value;
  return ok({
    signer,
    resolved: result.value,
    view,
    words: issuerWords(view.key),
    warnings: [
      ...(definition.caution === undefined ? [] : [definition.caution]),
      ...(signer.caveats ?? []).map(({ code, message }) => `${code}: ${message}`),
      ...unused(manifests, reader.used),
    ],
  });
}

/** What stands in, where a person tries an issuer, for what the controller has. */
function hintOn(message: string, hasToken: boolean): string {
  if (message.includes('has no workload identity')) return '; to try it here with your own az login, give --azure-login';
  if (hasToken || !message.includes('serviceAccountRef: needs a cluster')) return '';
  return '; to try it here, give --service-account-token FILE';
}

function unused({ configMaps, secrets }: Manifests, used: ReadonlySet<string>): readonly string[] {
  const kinds = [
    ...configMaps.map((map) => ({ kind: 'ConfigMap', ...map })),
    ...secrets.map((map) => ({ kind: 'Secret', ...map })),
  ];
  return kinds
    .filter(({ place }) => !used.has(place))
    .map(({ kind, place, object }) => `${place}: the issuer does not refer to ${kind} "${object.metadata.name}"`);
}
