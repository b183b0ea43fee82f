import { parse } from 'yaml';
import * as z from 'zod';
import { certificateSigningRequests } from '../../api/resources.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { isKubeError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { messageOf } from '../../lib/errors.ts';
import { parseFields } from '../../lib/fields.ts';
import { oneLine } from '../../lib/one-line.ts';
import { withCluster, type ClusterFlags } from '../cluster.ts';
import { type CliDeps, commandFailure } from '../deps.ts';
import { nameOfInput, readInputFile } from '../input-file.ts';
import { newestEvents } from '../request/events.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { renderStructured } from '../text/structured.ts';
import { styleFor } from '../text/style.ts';
import { decodeRequest } from './decode.ts';
import { showText } from './show-text.ts';
import { summaryOf } from './summary.ts';
import { goneWords } from './wait-aloud.ts';
import { seeWaiting, waitingText, type WaitingSight } from './wait-reason.ts';

/** The options of `csr show`, as they are written. */
export interface ShowFlags extends ClusterFlags {
  readonly file?: string;
  readonly output: 'text' | 'json' | 'yaml';
}

/** An object of the API server is at most 1.5 MiB. */
const mostBytes = 1536 * 1024;

/** A request as somebody sends it in a file. Who asks is not taken from it: the API server writes that, whatever a file says. */
const fileSchema = z.object({
  kind: z.literal('CertificateSigningRequest'),
  metadata: z.object({ name: z.string().min(1), annotations: z.record(z.string(), z.string()).optional() }),
  spec: z.object({
    request: z.string(),
    signerName: z.string(),
    usages: z.array(z.string()).optional(),
    expirationSeconds: z.int().optional(),
  }),
});

/** Shows a request of the cluster. @throws {CodedError} `Failed` where there is none of that name */
export async function runShow(name: string, flags: ShowFlags, deps: CliDeps): Promise<void> {
  await withCluster(flags, deps, async ({ client }) => await show(name, flags.output, client, deps));
}

/** As {@link runShow}, with a client. */
export async function show(
  name: string,
  output: ShowFlags['output'],
  client: Pick<KubeClient, 'get' | 'list'>,
  deps: Pick<CliDeps, 'clock' | 'env' | 'invocation' | 'signal' | 'stdout'>,
): Promise<void> {
  const { signal, invocation } = deps;
  const object = await getRequest(client, name, signal);
  if (output !== 'text') {
    print(object, output, [], deps);
    return;
  }
  const [sight, events] = await Promise.all([
    seeWaiting(client, object, signal),
    newestEvents(client, object.metadata, signal),
  ]);
  const notes = [
    isOver(object) ? deletionText(object, invocation) : `Why it waits: ${waitingText(object, withoutEvent(sight), invocation)}`,
    ...(events.ok
      ? events.value.map(({ text, at = '' }) => `Event ${at} ${text}`)
      : [`Events may not be seen: ${events.error}`]),
  ];
  print(object, output, notes, deps);
}

/** Shows a request that is in a file. @throws {CodedError} `Failed` where the file holds none */
export async function runShowFile({ file = '-', output }: ShowFlags, deps: CliDeps): Promise<void> {
  const bytes = await readInputFile({ option: '--file', file, mostBytes, tooLarge: 'that is no request' }, deps.stdin);
  const where = nameOfInput(file);
  let value: unknown;
  try {
    value = parse(Buffer.from(bytes).toString('utf8'), { maxAliasCount: 0 });
  } catch (cause) {
    throw commandFailure(`--file: ${where} is no YAML: ${oneLine(messageOf(cause), 300)}`, { cause });
  }
  const parsed = parseFields(fileSchema, value, where);
  if (!parsed.ok) throw commandFailure(`--file: no CertificateSigningRequest: ${parsed.error.join('; ')}`);
  print(parsed.value as unknown as CertificateSigningRequest, output, [], deps);
}

async function getRequest(
  client: Pick<KubeClient, 'get'>,
  name: string,
  signal: AbortSignal,
): Promise<CertificateSigningRequest> {
  try {
    return await client.get(certificateSigningRequests, { name }, { signal });
  } catch (cause) {
    if (!isKubeError(cause, 'NotFound')) throw cause;
    throw commandFailure(`there is no CertificateSigningRequest "${oneLine(name, 253)}". ${goneWords}`, { cause });
  }
}

function isOver(object: CertificateSigningRequest): boolean {
  const { state } = decodeRequest(object, 0).state;
  return state !== 'unapproved' && state !== 'approved';
}

/** The cleaner of kube-controller-manager counts from the condition: of an issued request from its approval. */
function deletionText({ metadata, status }: CertificateSigningRequest, invocation: string): string {
  const soon = 'kube-controller-manager deletes it an hour after it was';
  if (!status?.certificate) return `${soon} denied or failed. To ask again, make a request of another name.`;
  return `${soon} approved. The certificate stays valid; write it with: ${invocation} csr get ${shellWord(metadata.name)}`;
}

function print(
  object: CertificateSigningRequest,
  output: ShowFlags['output'],
  notes: readonly string[],
  { clock, env, stdout }: Pick<CliDeps, 'clock' | 'env' | 'stdout'>,
): void {
  const decoded = decodeRequest(object, clock.now());
  stdout.write(
    output === 'text' ? showText(decoded, notes, styleFor(stdout, env)) : renderStructured(summaryOf(decoded), output),
  );
}

/** The events follow in a list of their own. */
function withoutEvent({ issuer }: WaitingSight): WaitingSight {
  return issuer === undefined ? {} : { issuer };
}
