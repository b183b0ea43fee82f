import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDuration } from '../lib/duration.ts';
import { messageOf } from '../lib/errors.ts';
import { authorityInFolder } from '../mockca/ca-files.ts';
import { readCsr } from '../mockca/csr-text.ts';
import { signedFrom, signedJson } from '../mockca/signed.ts';
import { type AuthorityParameters, type CertificateAuthority, createAuthority } from '../signers/mock-ca/authority.ts';
import { defaultCommonName, serverOrganization } from '../signers/mock-ca/defaults.ts';
import { type Csr, isDer } from '../x509/csr.ts';
import { resolveUsages } from '../x509/usages.ts';
import { type CliDeps, commandFailure, usageError } from './deps.ts';
import { accountOf, verifyAdvice } from './sign-account.ts';

/** The options of `sign`, as they are written. */
export interface SignFlags {
  readonly csr?: string;
  readonly duration: string;
  readonly usage?: readonly string[];
  readonly isCa: boolean;
  readonly caDir?: string;
  readonly caOut?: string;
  readonly out?: string;
  readonly output: string;
}

const formats = ['pem', 'json', 'text'];
/** A CSR of 64 KiB, in base64 with line ends. */
const mostBytes = 96 * 1024;
/** ECDSA, since an RSA key takes longer to make than all else together. */
const newCA: AuthorityParameters = {
  commonName: defaultCommonName,
  organization: serverOrganization,
  key: { algorithm: 'ECDSA', size: 256 },
  validitySeconds: 3650 * 86_400,
  pathLength: 1,
};

/** Signs one CSR. @throws {CodedError} `Usage` or `Failed`; the message names the option and says what to do. */
export async function runSign(flags: SignFlags & { readonly csr: string }, deps: CliDeps): Promise<void> {
  const { durationSeconds, usages } = checkFlags(flags);
  const csr = readCsrBytes(await readInput(flags.csr, deps.stdin), flags.csr);
  const authority = await openCA(flags.caDir, deps);
  const issued = await authority.issue({ csr, durationSeconds, usages, isCA: flags.isCa });
  if (!issued.ok) throw commandFailure(`the CA cannot sign this: ${issued.error.message}`);
  const signed = signedFrom(csr, issued.value);
  const account = accountOf({ csr, authority, issued: issued.value, durationSeconds, isCA: flags.isCa });

  if (flags.caOut !== undefined) await writeOutput('--ca-out', flags.caOut, signed.caPem);
  const outputs: Readonly<Record<string, string>> = {
    pem: issued.value.chainPem,
    json: `${JSON.stringify(signedJson(signed), null, 2)}\n`,
    text: account,
  };
  const output = outputs[flags.output] ?? '';
  if (flags.out === undefined) deps.stdout.write(output);
  else await writeOutput('--out', flags.out, output);
  if (flags.output !== 'text') deps.stderr.write(account);
  const caFile = flags.caOut ?? (flags.caDir === undefined ? undefined : join(flags.caDir, 'tls.crt'));
  deps.stderr.write(verifyAdvice({ caFile, certificateFile: flags.output === 'pem' ? flags.out : undefined, authority }));
}

function checkFlags(flags: SignFlags): { readonly durationSeconds: number; readonly usages: readonly string[] } {
  if (!formats.includes(flags.output)) throw usageError(`--output: "${flags.output}" is none of ${formats.join(', ')}`);
  const duration = parseDuration(flags.duration);
  if (!duration.ok) throw usageError(`--duration: ${duration.error}`);
  if (duration.value < 1000) throw usageError(`--duration: "${flags.duration}" is too short; at least 1s`);
  const { unknown } = resolveUsages(flags.usage ?? []);
  if (unknown[0] !== undefined) {
    throw usageError(
      `--usage: "${unknown[0]}" is not a usage; write it as cert-manager does: "server auth", "digital signature"`,
    );
  }
  return { durationSeconds: Math.floor(duration.value / 1000), usages: flags.usage ?? [] };
}

async function readInput(file: string, stdin: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of file === '-' ? stdin : (createReadStream(file) as AsyncIterable<Uint8Array>)) {
      size += chunk.length;
      if (size > mostBytes)
        throw commandFailure(`--csr: ${nameOf(file)} has more than ${mostBytes / 1024} KiB; that is no CSR`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (size > mostBytes) throw error;
    throw commandFailure(`--csr: ${nameOf(file)} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  return Buffer.concat(chunks);
}

function readCsrBytes(bytes: Uint8Array, file: string): Csr {
  const csr = readCsr(isDer(bytes) ? new Uint8Array(bytes) : Buffer.from(bytes).toString('latin1'));
  if (csr.ok) return csr.value;
  throw commandFailure(`--csr: ${nameOf(file)}: ${csr.error.details}`);
}

async function openCA(folder: string | undefined, { clock }: CliDeps): Promise<CertificateAuthority> {
  if (folder === undefined) return createAuthority(newCA, { clock });
  try {
    return (await authorityInFolder(folder, newCA, clock)).authority;
  } catch (error) {
    throw commandFailure(`--ca-dir: ${messageOf(error)}`, { cause: error });
  }
}

async function writeOutput(option: string, file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw commandFailure(`${option}: ${messageOf(cause)}`, { cause });
  }
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}
