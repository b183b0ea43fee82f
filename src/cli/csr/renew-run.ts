import { certificateSigningRequests } from '../../api/resources.ts';
import { isKubeError, isRefusedForGood, KubeApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { messageOf } from '../../lib/errors.ts';
import { replaceFile } from '../../lib/atomic-file.ts';
import { momentText } from '../../lib/moment.ts';
import type { ClusterFlags } from '../cluster.ts';
import { type CliDeps, commandFailure, usageError } from '../deps.ts';
import { durationOf } from '../option-values.ts';
import { undecidedExitCode } from '../exit-codes.ts';
import { report, type ReportFormat } from '../text/report.ts';
import { buildRequest } from './build.ts';
import { csrFiles, readIfThere, type CsrFiles } from './files.ts';
import { pairUp, readIdentityFile, type ClientIdentity } from './identity.ts';
import { kubeconfigFiles } from './kubeconfig-place.ts';
import { checkRequestName } from './name-argument.ts';
import { keyPem, newPrivateKey } from './new-key.ts';
import { checkSuccessor, isDue, renewalName, termsOf } from './renew-decide.ts';
import {
  readManifest,
  readRenewal,
  removeRenewal,
  renewalFiles,
  withLock,
  writeRenewal,
  type Renewal,
  type RenewalFiles,
} from './renew-files.ts';
import { swapIdentity } from './renew-swap.ts';
import { readSignerArgument } from './signer-argument.ts';
import { readUsageArguments } from './usage-argument.ts';
import { waitAloud, waitProblem } from './wait-aloud.ts';
import { clusterOf, type WithClient } from './with-client.ts';

/** The options of `csr renew`, as they are written. */
export interface RenewFlags extends ClusterFlags {
  readonly dir: string;
  readonly within?: string;
  readonly signer?: string;
  readonly out?: string;
  readonly timeout: string;
  readonly force: boolean;
  readonly output: ReportFormat;
}

/** Renews an identity where that is due. @throws {CodedError} `Usage`, `Failed` */
export async function runRenew(name: string, flags: RenewFlags, deps: CliDeps): Promise<void> {
  await renewWith(name, flags, deps, clusterOf(flags, deps));
}

/** As {@link runRenew}, with a cluster. */
export async function renewWith(name: string, flags: RenewFlags, deps: CliDeps, withClient: WithClient): Promise<void> {
  checkRequestName(name);
  const withinMs = flags.within === undefined ? undefined : durationOf('--within', flags.within);
  const timeoutMs = durationOf('--timeout', flags.timeout);
  const files = csrFiles(flags.dir, name);
  const own = renewalFiles(flags.dir, name);
  await withLock(own.lock, deps.clock, async () => {
    const begun = await readRenewal(own);
    if (begun !== undefined && (await wasBrokenOffInSwap(begun, files))) {
      const { certPem } = pairUp(begun.certPem ?? '', begun.keyPem, { certificate: own.certificate, key: own.key });
      await replaceFile({ file: files.certificate, text: certPem, mode: 0o644 });
      await removeRenewal(own);
      report(deps.stdout, flags.output, { name, renewed: true }, `${name}: the renewal that was broken off is done\n`);
      return;
    }
    const old = await readOld(files);
    if (begun === undefined && !flags.force && !isDue(old.certificate, withinMs, deps.clock.now())) {
      const notAfter = momentText(old.certificate.notAfter);
      report(
        deps.stdout,
        flags.output,
        { name, renewed: false, notAfter },
        `${name} is good until ${notAfter}: nothing to renew\n`,
      );
      return;
    }
    const renewal = begun ?? (await begin(name, old, files, flags, deps));
    if (begun === undefined) await writeRenewal(renewal, own);
    const certPem = renewal.certPem ?? (await obtain(renewal, own, timeoutMs, deps, withClient));
    if (certPem === undefined) return;
    await finish(name, old, { ...renewal, certPem }, { files, own, flags }, deps);
  });
}

/** The key is put in place before its certificate; all else was done before. */
async function wasBrokenOffInSwap({ keyPem: newKey, certPem }: Renewal, { key }: CsrFiles): Promise<boolean> {
  return certPem !== undefined && (await readIfThere(key)) === newKey;
}

async function readOld({ certificate, key }: CsrFiles): Promise<ClientIdentity> {
  const certPem = await readIdentityFile(certificate, 'get it with csr get --out or csr kubeconfig first (see --dir)');
  const oldKey = await readIdentityFile(key, 'it is needed to tell which entries of the kubeconfig are meant (see --dir)');
  return pairUp(certPem, oldKey, { certificate, key });
}

/** A new key of the old one's kind, and the same request for it. */
async function begin(
  name: string,
  { certificate, keyType }: ClientIdentity,
  files: CsrFiles,
  { signer }: RenewFlags,
  { clock }: CliDeps,
): Promise<Renewal> {
  const manifest = await readIfThere(files.manifest);
  if (manifest === undefined && signer === undefined) {
    throw usageError(`--signer: ${files.manifest}, which tells who signed, is not there; say who is to sign`);
  }
  const before =
    manifest === undefined
      ? { signerName: '', usages: readUsageArguments(undefined) }
      : termsOf(readManifest(manifest, files.manifest));
  const terms = { ...before, ...(signer === undefined ? {} : { signerName: readSignerArgument(signer) }) };
  const privateKey = await newPrivateKey(keyType);
  const { sanExtension } = certificate;
  const content = { subject: certificate.subject.der, privateKey, ...(sanExtension === undefined ? {} : { sanExtension }) };
  const built = await buildRequest({ ...terms, name: renewalName(name, clock.now()), isCA: certificate.isCA }, content);
  if (!built.ok) throw commandFailure(`the new key is ${built.error}`);
  return { request: built.value, keyPem: keyPem(privateKey) };
}

/** Sends the request, where the cluster has it not, and waits; undefined where the exit code has been set. */
async function obtain(
  { request }: Renewal,
  own: RenewalFiles,
  timeoutMs: number,
  deps: CliDeps,
  withClient: WithClient,
): Promise<string | undefined> {
  const { name } = request.metadata;
  const found = await withClient(async (client) => {
    await send(request, client, own, deps.signal);
    return await waitAloud(client, name, timeoutMs, deps);
  });
  if (found.outcome === 'issued') {
    // Kept before anything is changed: the cluster deletes the request after an hour.
    await replaceFile({ file: own.certificate, text: found.pem, mode: 0o644 });
    return found.pem;
  }
  // A request that was refused is refused for good: the next run makes another one.
  if (found.outcome === 'denied' || found.outcome === 'failed') await removeRenewal(own);
  const next = found.outcome === 'undecided' || found.outcome === 'gone' ? 'goes on with this request' : 'asks anew';
  deps.stderr.write(`${waitProblem(name, found, timeoutMs, deps.invocation)}\nThe next run of csr renew ${next}.\n`);
  deps.setExitCode(found.outcome === 'undecided' ? undecidedExitCode : 1);
  return undefined;
}

/** An earlier run may have sent it, or been broken off before it did. */
async function send(
  request: Renewal['request'],
  client: Pick<KubeClient, 'create' | 'get'>,
  own: RenewalFiles,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.create(certificateSigningRequests, request, { signal });
  } catch (error) {
    if (!isKubeError(error, 'AlreadyExists')) {
      // What was refused is built anew by the next run, from what may have been mended till then.
      if (error instanceof KubeApiError && (error.code === 'Forbidden' || isRefusedForGood(error))) await removeRenewal(own);
      throw error;
    }
    const there = await client.get(certificateSigningRequests, { name: request.metadata.name }, { signal });
    if (there.spec.request === request.spec.request) return;
    await removeRenewal(own);
    throw commandFailure(`there is a CertificateSigningRequest ${request.metadata.name} for another key; run it again`, {
      cause: error,
    });
  }
}

async function finish(
  name: string,
  old: ClientIdentity,
  { keyPem: newKey, certPem }: Renewal & { readonly certPem: string },
  { files, own, flags }: { readonly files: CsrFiles; readonly own: RenewalFiles; readonly flags: RenewFlags },
  deps: CliDeps,
): Promise<void> {
  const fresh = await checked(old, { certPem, keyPem: newKey }, own, deps);
  const kubeconfigs = flags.out === undefined ? kubeconfigFiles(flags, deps) : [flags.out];
  const { changed, unread } = await swapIdentity(old, fresh, files, kubeconfigs);
  await removeRenewal(own);
  for (const problem of unread) deps.stderr.write(`not changed: ${problem}\n`);
  const users = changed.length === 0 ? '' : `; changed in the kubeconfig: ${changed.join(', ')}`;
  const notAfter = momentText(fresh.certificate.notAfter);
  const result = { name, renewed: true, notAfter, changedUsers: changed };
  report(deps.stdout, flags.output, result, `${name} is renewed, and good until ${notAfter}${users}\n`);
}

/** The new identity, where it can take the place of the old one; one that cannot is forgotten, and the next run asks anew. */
async function checked(
  old: ClientIdentity,
  { certPem, keyPem: newKey }: { readonly certPem: string; readonly keyPem: string },
  own: RenewalFiles,
  { clock }: Pick<CliDeps, 'clock'>,
): Promise<ClientIdentity> {
  try {
    const fresh = pairUp(certPem, newKey, { certificate: 'the new certificate', key: 'the new key' });
    // A run that was broken off while it swapped may have come this far.
    if (Buffer.from(fresh.certificate.der).equals(old.certificate.der)) return fresh;
    const fitting = checkSuccessor(old.certificate, fresh.certificate, clock.now());
    if (fitting.ok) return fresh;
    throw commandFailure(`the new certificate does not take the place of the old one: ${fitting.error}`);
  } catch (cause) {
    await removeRenewal(own);
    throw commandFailure(`${messageOf(cause)}. Nothing was changed; the next run asks for another one`, { cause });
  }
}
