import { writeFile } from 'node:fs/promises';
import { messageOf } from '../lib/errors.ts';
import { signedFrom, signedJson } from '../mockca/signed.ts';
import { type CliDeps, commandFailure } from './deps.ts';
import { accountOf, verifyAdvice, type SignedCertificate } from './sign-account.ts';
import type { SignFlags } from './sign-input.ts';

/**
 * Writes what was signed as the options want it, and an account of it to standard error.
 * @param caFile where the CA's certificate is, other than --ca-out.
 * @throws {CodedError} `Failed` where a file cannot be written; the message names the option.
 */
export async function writeSigned(
  signing: SignedCertificate,
  { caOut, out, output }: SignFlags,
  { stdout, stderr }: Pick<CliDeps, 'stdout' | 'stderr'>,
  caFile?: string,
): Promise<void> {
  const account = accountOf(signing);
  const { csr, certificate } = signing;
  if (caOut !== undefined) await writeOutput('--ca-out', caOut, certificate.caPem);
  const outputs: Readonly<Record<string, string>> = {
    pem: certificate.chainPem,
    json: `${JSON.stringify(signedJson(signedFrom(csr, certificate)), null, 2)}\n`,
    text: account,
  };
  const text = outputs[output] ?? '';
  if (out === undefined) stdout.write(text);
  else await writeOutput('--out', out, text);
  if (output !== 'text') stderr.write(account);
  const certificateFile = output === 'pem' ? out : undefined;
  stderr.write(verifyAdvice({ caFile: caOut ?? caFile, certificateFile, certificate }));
}

async function writeOutput(option: string, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw commandFailure(`${option}: ${messageOf(cause)}`, { cause });
  }
}
