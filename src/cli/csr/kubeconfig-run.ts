import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { replaceFile } from '../../lib/atomic-file.ts';
import { messageOf } from '../../lib/errors.ts';
import { momentText } from '../../lib/moment.ts';
import { oneLine } from '../../lib/one-line.ts';
import { attributeValues, commonName } from '../../x509/name.ts';
import type { ClusterFlags } from '../cluster.ts';
import { type CliDeps, commandFailure, usageError } from '../deps.ts';
import { undecidedExitCode } from '../exit-codes.ts';
import { durationOf } from '../option-values.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { report, type ReportFormat } from '../text/report.ts';
import { csrFiles, readIfThere } from './files.ts';
import { fits, isOfSameHolder, pairUp, readIdentityFile, whyNoClient } from './identity.ts';
import { addIdentity } from './kubeconfig-edit.ts';
import { kubeconfigFiles, readKubeconfig, wantedCluster } from './kubeconfig-place.ts';
import { checkRequestName } from './name-argument.ts';
import { waitAloud, waitProblem } from './wait-aloud.ts';
import { waitForCertificate } from './wait-for.ts';
import { clusterOf, type WithClient } from './with-client.ts';

/** The options of `csr kubeconfig`, as they are written. */
export interface KubeconfigFlags extends ClusterFlags {
  readonly dir: string;
  readonly key?: string;
  readonly certificate?: string;
  readonly out?: string;
  readonly user?: string;
  readonly contextName?: string;
  readonly cluster?: string;
  readonly server?: string;
  readonly certificateAuthority?: string;
  readonly embed: boolean;
  readonly useContext: boolean;
  readonly wait: boolean;
  readonly timeout: string;
  readonly force: boolean;
  readonly output: ReportFormat;
}

/** What was written, and who the certificate makes its holder. */
interface Written {
  readonly out: string;
  readonly context: string;
  readonly user: string;
  readonly holder: string;
  readonly groups: readonly string[];
  readonly notAfter: string;
}

/** Writes an identity into a kubeconfig. @throws {CodedError} `Usage`, `Failed` */
export async function runKubeconfig(name: string, flags: KubeconfigFlags, deps: CliDeps): Promise<void> {
  await kubeconfigWith(name, flags, deps, clusterOf(flags, deps));
}

/** As {@link runKubeconfig}, with a cluster. */
export async function kubeconfigWith(
  name: string,
  flags: KubeconfigFlags,
  deps: CliDeps,
  withClient: WithClient,
): Promise<void> {
  checkRequestName(name);
  const files = csrFiles(flags.dir, name);
  const out = flags.out ?? kubeconfigFiles(flags, deps)[0];
  if (out === undefined) throw usageError('--out: no kubeconfig is named, and HOME is not set; give the file to write');
  const { name: clusterName, cluster } = await wantedCluster(flags, out, deps);
  const keyFile = flags.key ?? files.key;
  const keyPem = await readIdentityFile(keyFile, 'give the key that the request was made with (--key, or --dir)');
  const found = await certificateOf(name, flags, files.certificate, { keyPem, keyFile }, deps, withClient);
  if (found === undefined) return;
  const identity = pairUp(found.pem, keyPem, { certificate: found.from, key: keyFile });
  const unfit = whyNoClient(identity.certificate, deps.clock.now());
  if (unfit !== undefined) throw commandFailure(`${found.from}: no API server would take this certificate: ${unfit}`);
  const certFile = flags.certificate ?? files.certificate;
  if (found.isNew) await save(files.certificate, identity.certPem, 0o644);

  const [user, context] = [flags.user ?? name, flags.contextName ?? `${name}@${clusterName}`];
  const credentials = flags.embed
    ? { certPem: identity.certPem, keyPem: identity.keyPem }
    : { certFile: resolve(certFile), keyFile: resolve(keyFile) };
  const entry = {
    user,
    context,
    clusterName,
    credentials,
    use: flags.useContext,
    isOwn: (certPem: string) => isOfSameHolder(certPem, identity),
    ...(cluster === undefined ? {} : { cluster }),
  };
  const edited = addIdentity(await readKubeconfig(out), entry, flags.force);
  if (!edited.ok) throw commandFailure(`${out}: ${edited.error}`);
  await save(out, edited.value, 0o600);
  const { certificate } = identity;
  const [holder, groups] = [commonName(certificate.subject) ?? '', attributeValues(certificate.subject, 'O')];
  const written = { out, context, user, holder, groups, notAfter: momentText(certificate.notAfter) };
  const text = writtenText(written, flags.out ?? flags.kubeconfig ?? deps.env['KUBECONFIG']);
  report(
    deps.stdout,
    flags.output,
    { kubeconfig: out, context, user, subject: { user: holder, groups }, notAfter: written.notAfter },
    text,
  );
}

/** The certificate, where it came from, and whether it is to be kept; undefined where the exit code has been set. */
async function certificateOf(
  name: string,
  flags: KubeconfigFlags,
  file: string,
  key: { readonly keyPem: string; readonly keyFile: string },
  deps: CliDeps,
  withClient: WithClient,
): Promise<{ readonly pem: string; readonly from: string; readonly isNew: boolean } | undefined> {
  if (flags.certificate !== undefined) {
    const pem = await readIdentityFile(flags.certificate, 'give the certificate that you were sent');
    return { pem, from: flags.certificate, isNew: false };
  }
  const kept = await readIfThere(file);
  if (kept !== undefined && fits(kept, key.keyPem)) return { pem: kept, from: file, isNew: false };
  if (kept !== undefined)
    deps.stderr.write(`${file} is not for the key in ${key.keyFile}; the certificate is asked for anew\n`);
  const timeoutMs = flags.wait ? durationOf('--timeout', flags.timeout) : 0;
  const { clock, invocation, signal } = deps;
  const found = await withClient(async (client) =>
    flags.wait
      ? await waitAloud(client, name, timeoutMs, deps)
      : await waitForCertificate(client, name, { timeoutMs }, { clock }, signal),
  );
  if (found.outcome === 'issued') return { pem: found.pem, from: `CertificateSigningRequest ${name}`, isNew: true };
  const words =
    found.outcome === 'undecided' && !flags.wait
      ? `${name} has no certificate yet. See why with: ${invocation} csr show ${shellWord(name)}; or wait for it with --wait`
      : waitProblem(name, found, timeoutMs, invocation);
  deps.stderr.write(`${words}\n`);
  deps.setExitCode(found.outcome === 'undecided' ? undecidedExitCode : 1);
  return undefined;
}

async function save(file: string, text: string, mode: number): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await replaceFile({ file, text, mode });
  } catch (cause) {
    throw commandFailure(`${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

/** For whoever binds a role to the holder, and what to try. @param given what names the kubeconfig; absent: it is the usual one. */
function writtenText({ out, context, user, holder, groups, notAfter }: Written, given: string | undefined): string {
  const quoted = groups.map((group) => `"${oneLine(group, 200)}"`).join(', ');
  const member = groups.length === 0 ? '' : `, of ${groups.length === 1 ? 'group' : 'groups'} ${quoted}`;
  const kubectl = `kubectl${given === undefined ? '' : ` --kubeconfig ${shellWord(out)}`} --context ${shellWord(context)}`;
  const lines = [
    `User "${oneLine(user, 200)}" and context "${oneLine(context, 400)}" are in ${out}. The certificate is good until ${notAfter}.`,
    `An API server that trusts its CA knows its holder as user "${oneLine(holder, 200)}"${member}. What they may do is what roles are bound to these.`,
    `Try: ${kubectl} auth whoami`,
    `     ${kubectl} get pods`,
  ];
  return `${lines.join('\n')}\n`;
}
