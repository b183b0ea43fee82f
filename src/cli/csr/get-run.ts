import { certificateSigningRequests } from '../../api/resources.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { isKubeError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { oneLine } from '../../lib/one-line.ts';
import { ended } from '../../lib/sentence.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { wordLines } from '../ca/words.ts';
import { withCluster, type ClusterFlags } from '../cluster.ts';
import { type CliDeps, commandFailure } from '../deps.ts';
import { undecidedExitCode } from '../exit-codes.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { renderStructured } from '../text/structured.ts';
import { certificateFacts, readChain } from './get-facts.ts';
import { writeWhole } from './get-write.ts';
import { goneWords } from './wait-aloud.ts';
import { signingRequestState } from './wait-state.ts';

/** What `get` is told. */
export interface GetFlags extends ClusterFlags {
  readonly out?: string;
  /** Without what is above the certificate. */
  readonly leaf: boolean;
  readonly output: 'json' | 'pem' | 'text' | 'yaml';
  readonly force: boolean;
}

/** Writes the certificate of a request: exit code 3 where it waits for it. @throws {CodedError} `Failed` where there is none to come. */
export async function runGet(name: string, flags: GetFlags, deps: CliDeps): Promise<void> {
  await withCluster(flags, deps, async ({ client }) => await getWith(client, name, flags, deps));
}

/** As {@link runGet}, with a client. */
export async function getWith(
  client: Pick<KubeClient, 'get'>,
  name: string,
  flags: Omit<GetFlags, keyof ClusterFlags>,
  deps: Pick<CliDeps, 'invocation' | 'setExitCode' | 'signal' | 'stderr' | 'stdout'>,
): Promise<void> {
  const { signal, stdout, stderr, invocation } = deps;
  const request = await find(client, name, signal);
  const state = signingRequestState(request);
  const shown = oneLine(name, 253);
  if (state.state === 'denied' || state.state === 'failed') {
    const why = ended(oneLine(`${state.reason}: ${state.message}`, 1000));
    const word = state.state === 'denied' ? 'was denied' : 'has failed';
    throw commandFailure(`${shown} has no certificate: it ${word}: ${why} Make the request again under another name.`);
  }
  if (state.state !== 'issued') {
    const why = state.state === 'approved' ? 'is approved, and its signer has not signed it' : 'is not approved';
    stderr.write(
      `error: ${shown} has no certificate yet: it ${why}. Wait for it with: ${invocation} csr wait ${shellWord(name)}\n`,
    );
    deps.setExitCode(undecidedExitCode);
    return;
  }
  const chain = readChain(state.pem);
  if (!chain.ok) {
    throw commandFailure(`${shown}: what its signer wrote as a certificate cannot be read: ${oneLine(chain.error, 500)}`);
  }
  const text = textOf(chain.value, flags);
  if (flags.out === undefined) stdout.write(text);
  else await writeWhole('--out', flags.out, text, flags.force);
}

async function find(client: Pick<KubeClient, 'get'>, name: string, signal: AbortSignal): Promise<CertificateSigningRequest> {
  try {
    return await client.get(certificateSigningRequests, { name }, { signal });
  } catch (cause) {
    if (!isKubeError(cause, 'NotFound')) throw cause;
    throw commandFailure(`There is no CertificateSigningRequest ${oneLine(name, 253)}. ${goneWords}`, { cause });
  }
}

function textOf(chain: readonly [Certificate, ...Certificate[]], { leaf, output }: Pick<GetFlags, 'leaf' | 'output'>): string {
  const [certificate, ...above] = chain;
  const pem = (leaf ? [certificate] : chain).map((each) => each.pem).join('');
  if (output === 'pem') return pem;
  const facts = certificateFacts(certificate);
  if (output !== 'text') return renderStructured({ ...facts, pem }, output);
  return wordLines([
    ['Subject', facts.subject],
    ...(facts.sans.length === 0 ? [] : [['SANs', facts.sans.join(', ')] as const]),
    ['Issuer', facts.issuer],
    ['Serial', facts.serial],
    ['Not before', facts.notBefore],
    ['Not after', facts.notAfter],
    ...(leaf ? [] : above.map((each, index) => [`Intermediate ${index + 1}`, certificateFacts(each).subject] as const)),
  ]);
}
