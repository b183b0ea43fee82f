import { stat } from 'node:fs/promises';
import type { KeyObject } from 'node:crypto';
import { certificateSigningRequests } from '../../api/resources.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { isKubeError, KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { ended } from '../../lib/sentence.ts';
import { parseCsr } from '../../x509/csr.ts';
import { readPrivateKey } from '../../x509/private-key.ts';
import { type CliDeps, commandFailure } from '../deps.ts';
import { undecidedExitCode } from '../exit-codes.ts';
import { readInputFile } from '../input-file.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { renderStructured } from '../text/structured.ts';
import { buildRequest, requestOf } from './build.ts';
import { type NewFile, type PlacedFiles, placeFiles } from './create-files.ts';
import { readCreateFlags, type CreateFlags, type CreateWish } from './create-flags.ts';
import { createdText } from './create-text.ts';
import { csrFiles, type CsrFiles } from './files.ts';
import { keyPem, keyTypeOf, newPrivateKey } from './new-key.ts';
import { waitAloud, waitProblem } from './wait-aloud.ts';
import { clusterOf, type WithClient } from './with-client.ts';

/** A CSR or a key of any kind, in PEM. */
const mostBytes = 96 * 1024;

/** A request and its files, which are not written yet. */
interface Prepared {
  readonly files: CsrFiles;
  readonly request: CertificateSigningRequest;
  readonly contents: readonly NewFile[];
}

/** A request that is ready to be sent; `newKey` is written before it is. */
interface Made {
  readonly request: CertificateSigningRequest;
  readonly newKey?: KeyObject;
}

/** Makes a key and a request, writes both into files, and sends the request. @throws {CodedError} `Usage`, `Failed` */
export async function runCreate(name: string, flags: CreateFlags, deps: CliDeps): Promise<void> {
  await createWith(name, flags, deps, clusterOf(flags, deps));
}

/** As {@link runCreate}, with a cluster. */
export async function createWith(name: string, flags: CreateFlags, deps: CliDeps, withClient: WithClient): Promise<void> {
  const wish = readCreateFlags(name, flags);
  const made = await prepare(name, wish, flags, deps);
  if (!flags.dryRun) {
    await withClient(async (client) => await send(client, made, wish, flags, deps));
    return;
  }
  await (await placeFiles(made.contents, flags.force)).keep();
  print(made.request, flags, made.files, deps);
}

/** Looks at what is there, and makes the key and the request in memory. */
async function prepare(name: string, wish: CreateWish, flags: CreateFlags, deps: CliDeps): Promise<Prepared> {
  const files = csrFiles(flags.dir, name);
  const writesKey = flags.csr === undefined && flags.key === undefined;
  await refuseExisting(writesKey ? [files.key, files.manifest] : [files.manifest], flags.force);
  const { request, newKey } = await make(wish, flags, deps);
  const key = newKey === undefined ? [] : [{ file: files.key, text: keyPem(newKey), mode: 0o600 }];
  const manifest = { file: files.manifest, text: renderStructured(request, 'yaml'), mode: 0o644 };
  return { files, request, contents: [...key, manifest] };
}

async function send(
  client: Pick<KubeClient, 'create' | 'get' | 'list'>,
  { request, files, contents }: Prepared,
  { timeoutMs }: CreateWish,
  flags: CreateFlags,
  deps: CliDeps,
): Promise<void> {
  // A request whose key was lost is worth nothing: the files are there before the cluster hears of it.
  const placed = await placeFiles(contents, flags.force);
  let sent: CertificateSigningRequest;
  try {
    sent = await client.create(certificateSigningRequests, request, { signal: deps.signal });
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    throw await notMade(error, request.metadata.name, placed, files, deps);
  }
  await placed.keep();
  print(sent, flags, files, deps);
  if (flags.wait) await waitFor(request.metadata.name, timeoutMs, client, deps);
}

async function make(wish: CreateWish, flags: CreateFlags, deps: CliDeps): Promise<Made> {
  const { terms, content } = wish;
  if (content === undefined) return { request: requestOf(terms, await readCsrFile(flags.csr ?? '', deps)) };
  if (flags.key !== undefined)
    return { request: await build({ ...content, privateKey: await readKeyFile(flags.key, deps) }, terms) };
  const newKey = await newPrivateKey(keyTypeOf(flags.keyAlgorithm));
  return { request: await build({ ...content, privateKey: newKey }, terms), newKey };
}

async function build(
  content: Parameters<typeof buildRequest>[1],
  terms: CreateWish['terms'],
): Promise<CertificateSigningRequest> {
  const built = await buildRequest(terms, content);
  if (!built.ok) throw commandFailure(`--key: it holds ${built.error}`);
  return built.value;
}

async function readKeyFile(file: string, { stdin }: CliDeps): Promise<KeyObject> {
  const bytes = await readInputFile({ option: '--key', file, mostBytes, tooLarge: 'that is no private key' }, stdin);
  const key = readPrivateKey(Buffer.from(bytes).toString('utf8'));
  if (!key.ok) throw commandFailure(`--key: ${file} cannot be used: ${key.error}`);
  return key.value;
}

async function readCsrFile(file: string, { stdin }: CliDeps): Promise<string> {
  const csr = parseCsr(await readInputFile({ option: '--csr', file, mostBytes, tooLarge: 'that is no CSR' }, stdin));
  if (!csr.ok) throw commandFailure(`--csr: ${file}: ${csr.error.message}`);
  return csr.value.pem;
}

async function refuseExisting(files: readonly string[], force: boolean): Promise<void> {
  if (force) return;
  for (const file of files) {
    const isThere = await stat(file).then(
      () => true,
      () => false,
    );
    if (isThere) throw commandFailure(`${file} is there already; give another NAME or --dir, or --force to overwrite it`);
  }
}

/** What was made for a request that nobody has heard of is taken back. Without a clear answer it may have been made all the same. */
async function notMade(
  cause: KubeApiError,
  name: string,
  { aside, takeBack }: PlacedFiles,
  { manifest }: CsrFiles,
  { invocation }: Pick<CliDeps, 'invocation'>,
): Promise<Error> {
  if (cause.status < 400 || cause.status >= 500) {
    const old = aside.length === 0 ? '' : ` What was there before is in ${aside.join(' and ')}.`;
    return commandFailure(
      `whether the request was made is not known: ${ended(cause.message)} Its files stay.${old} See whether it is there with: ` +
        `${invocation} csr show ${name}; if it is not, make it with: kubectl create -f ${shellWord(manifest)}`,
      { cause },
    );
  }
  await takeBack();
  if (isKubeError(cause, 'AlreadyExists')) {
    return commandFailure(
      `there is a CertificateSigningRequest "${name}" already, for another key; no file was changed. Choose another NAME, or have it ` +
        'deleted; Kubernetes deletes finished requests after about an hour',
      { cause },
    );
  }
  // Admission refuses with the same code: then no role helps.
  const advice =
    isKubeError(cause, 'Forbidden') && / cannot create resource /.test(cause.message)
      ? '. Have an administrator bind you to ClusterRole external-issuer-csr-requester, or use --dry-run and send them NAME.yaml'
      : '';
  return commandFailure(`the request was not made, and no file was changed: ${cause.message}${advice}`, { cause });
}

function print(request: CertificateSigningRequest, flags: CreateFlags, files: CsrFiles, deps: CliDeps): void {
  if (flags.output !== 'text') deps.stdout.write(renderStructured(request, flags.output));
  else deps.stdout.write(createdText(request, flags, files, deps));
}

async function waitFor(name: string, timeoutMs: number, client: Parameters<typeof waitAloud>[0], deps: CliDeps): Promise<void> {
  const found = await waitAloud(client, name, timeoutMs, deps);
  if (found.outcome === 'issued') {
    deps.stderr.write(`${name} has its certificate\n`);
    return;
  }
  deps.stderr.write(`${waitProblem(name, found, timeoutMs, deps.invocation)}\n`);
  deps.setExitCode(found.outcome === 'undecided' ? undecidedExitCode : 1);
}
