import type { CertificateSigningRequest } from '../../api/signing-request.ts';
import type { CliDeps } from '../deps.ts';
import { shellWord } from '../../lib/shell-word.ts';
import { styleFor } from '../text/style.ts';
import type { CreateFlags } from './create-flags.ts';
import type { CsrFiles } from './files.ts';

/** What was made, what to send to the administrator, and what comes next. */
export function createdText(
  request: CertificateSigningRequest,
  flags: Pick<CreateFlags, 'csr' | 'dir' | 'dryRun' | 'key'>,
  files: CsrFiles,
  { env, stdout, invocation }: Pick<CliDeps, 'env' | 'invocation' | 'stdout'>,
): string {
  const { bold, dim } = styleFor(stdout, env);
  const name = shellWord(request.metadata.name);
  const place = flags.dir === '.' ? '' : ` --dir ${shellWord(flags.dir)}`;
  const isClient = request.spec.usages?.includes('client auth') === true;
  const own = flags.csr === undefined && flags.key === undefined;
  const key = own ? [`  ${files.key}  ${dim('the private key: keep it, and send it to nobody')}`] : [];
  const written = ['Written:', ...key, `  ${files.manifest}  ${dim('the request; it holds no secret')}`, ''];
  // Who reads this has the program elsewhere.
  const theirs = invocation.startsWith('kubectl ') ? invocation : 'external-issuer';
  const kubeconfig = `${invocation} csr kubeconfig ${name}${place}`;
  const lines = flags.dryRun
    ? [
        ...written,
        bold('Nothing was asked of a cluster. Send this file to an administrator:'),
        `  ${files.manifest}`,
        'They make the request, look at it, approve it, and send you the certificate and how to reach the cluster:',
        `  kubectl create -f ${shellWord(files.manifest)}`,
        `  ${theirs} csr show ${name}`,
        `  ${theirs} csr approve ${name}`,
        `  ${theirs} csr get ${name} --out ${name}.crt`,
        '',
        bold('Then:'),
        `  ${kubeconfig} --server https://… --certificate-authority ca.crt`,
      ]
    : [
        ...written,
        `CertificateSigningRequest ${bold(request.metadata.name)} was made, for ${request.spec.signerName}. It waits to be approved.`,
        '',
        bold('Send this to an administrator:'),
        `  Please look at my request and approve it:`,
        `    ${theirs} csr show ${name}`,
        `    ${theirs} csr approve ${name}     ${dim('or: kubectl certificate approve')} ${dim(name)}`,
        '',
        bold('Then:'),
        `  ${invocation} csr wait ${name}`,
        `  ${own && isClient ? kubeconfig : `${invocation} csr get ${name} --out ${name}.crt`}`,
      ];
  return `${lines.join('\n')}\n`;
}
