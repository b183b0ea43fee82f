import { certificateSigningRequests } from '../../api/resources.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import type { KubeClient } from '../../kube/client.ts';
import { listPages } from '../../kube/pages.ts';
import { withCluster, type ClusterFlags } from '../cluster.ts';
import type { CliDeps } from '../deps.ts';
import { renderStructured } from '../text/structured.ts';
import { styleFor } from '../text/style.ts';
import { decodeRequest } from './decode.ts';
import { listText } from './list-text.ts';
import { readSignerArgument } from './signer-argument.ts';
import { summaryOf } from './summary.ts';

/** The options of `csr list`, as they are written. */
export interface ListFlags extends ClusterFlags {
  readonly signer?: string;
  readonly pending: boolean;
  readonly output: 'table' | 'wide' | 'json' | 'yaml';
}

/** Lists the requests of the cluster. */
export async function runList(flags: ListFlags, deps: CliDeps): Promise<void> {
  const signerName = flags.signer === undefined ? undefined : readSignerArgument(flags.signer);
  await withCluster(flags, deps, async ({ client }) => await list(signerName, flags, client, deps));
}

/** As {@link runList}, with a client. */
export async function list(
  signerName: string | undefined,
  { pending, output }: Pick<ListFlags, 'output' | 'pending'>,
  client: Pick<KubeClient, 'list'>,
  { clock, env, signal, stdout }: Pick<CliDeps, 'clock' | 'env' | 'signal' | 'stdout'>,
): Promise<void> {
  const selection = signerName === undefined ? {} : { fieldSelector: `spec.signerName=${signerName}` };
  const found: CertificateSigningRequest[] = [];
  for await (const page of listPages(client, certificateSigningRequests, selection, signal)) found.push(...page.items);
  const requests = found
    .map((object) => decodeRequest(object, clock.now()))
    .filter(({ state }) => !pending || state.state === 'unapproved')
    .toSorted((a, b) => rank(a.state.state) - rank(b.state.state) || a.ageMs - b.ageMs);
  if (output === 'json' || output === 'yaml') stdout.write(renderStructured(requests.map(summaryOf), output));
  else stdout.write(listText(requests, output === 'wide', styleFor(stdout, env)));
}

/** What waits for a person comes first, then what waits for a signer. */
function rank(state: string): number {
  return state === 'unapproved' ? 0 : state === 'approved' ? 1 : 2;
}
