import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import type { KeyObject } from 'node:crypto';
import { certificateSigningRequests } from '../../api/resources.ts';
import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import { isKubeError, KubeApiError } from '../../kube/api-error.ts';
import { messageOf } from '../../lib/errors.ts';
import { parseCsr } from '../../x509/csr.ts';
import { readPrivateKey } from '../../x509/private-key.ts';
import { withCluster } from '../cluster.ts';
import { type CliDeps, commandFailure } from '../deps.ts';
import { undecidedExitCode } from '../exit-codes.ts';
import { readInputFile } from '../input-file.ts';
import { renderStructured } from '../text/structured.ts';
import { buildRequest, requestOf } from './build.ts';
import { readCreateFlags, type CreateFlags, type CreateWish } from './create-flags.ts';
import { createdText } from './create-text.ts';
import { csrFiles, type CsrFiles } from './files.ts';
import { keyPem, keyTypeOf, newPrivateKey } from './new-key.ts';
import { waitAloud, waitProblem } from './wait-aloud.ts';

/** A CSR or a key of any kind, in PEM. */
const mostBytes = 96 * 1024;

/** A request that is ready to be sent; `newKey` is written before it is. */
interface Made {
  readonly request: CertificateSigningRequest;
  readonly newKey?: KeyObject;
}

/** Makes a key and a request, writes both into files, and sends the request. @throws {CodedError} `Usage`, `Failed` */
export async function runCreate(name: string, flags: CreateFlags, deps: CliDeps): Promise<void> {
  const wish = readCreateFlags(name, flags);
  const files = csrFiles(flags.dir, name);
  const writesKey = flags.csr === undefined && flags.key === undefined;
  await refuseExisting(writesKey ? [files.key, files.manifest] : [files.manifest], flags.force);
  const made = await make(wish, flags, deps);
  const write = async (): Promise<void> => await writeFiles(made, files, flags);
  if (flags.dryRun) {
    await write();
    print(made.request, flags, files, deps);
    return;
  }
  await withCluster(flags, deps, async ({ client }) => {
    // A request whose key was lost is worth nothing: the files are there before the cluster hears of it.
    await write();
    let sent: CertificateSigningRequest;
    try {
      sent = await client.create(certificateSigningRequests, made.request, { signal: deps.signal });
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
      throw await refusedByServer(error, name, writesKey, files);
    }
    print(sent, flags, files, deps);
    if (flags.wait) await waitFor(name, wish.timeoutMs, client, deps);
  });
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

async function writeFiles({ request, newKey }: Made, files: CsrFiles, { dir, force }: CreateFlags): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    if (newKey !== undefined) {
      // A file that is there keeps its mode, whatever is written into it.
      if (force) await rm(files.key, { force: true });
      await writeFile(files.key, keyPem(newKey), { flag: 'wx', mode: 0o600 });
    }
    await writeFile(files.manifest, renderStructured(request, 'yaml'), { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    throw commandFailure(`--dir: ${messageOf(cause)}; nothing was asked of the cluster`, { cause });
  }
}

/** The files of a request that nobody has heard of are taken back, but for a name that is taken: then they may be another run's. */
async function refusedByServer(cause: Error, name: string, writesKey: boolean, files: CsrFiles): Promise<Error> {
  if (isKubeError(cause, 'AlreadyExists')) {
    const stay = writesKey ? `${files.key} and ${files.manifest} stay` : `${files.manifest} stays`;
    return commandFailure(
      `there is a CertificateSigningRequest "${name}" already, and it is not for this key; ${stay}. Choose another NAME; Kubernetes ` +
        'deletes finished requests after about an hour',
      { cause },
    );
  }
  const written = writesKey ? [files.key, files.manifest] : [files.manifest];
  // Without an answer it may have been made all the same.
  if (isKubeError(cause, 'Unreachable')) {
    return commandFailure(`whether the request was made is not known: ${cause.message}; ${written.join(' and ')} stay`, {
      cause,
    });
  }
  await Promise.all(written.map(async (file) => await rm(file, { force: true })));
  const advice = isKubeError(cause, 'Forbidden')
    ? '. Have an administrator bind you to ClusterRole external-issuer-csr-requester, or use --dry-run and send them NAME.yaml'
    : '';
  return commandFailure(`the request was not made: ${cause.message}${advice}`, { cause });
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
