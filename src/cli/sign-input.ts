import { readCsr } from '../mockca/csr-text.ts';
import { parseDuration } from '../lib/duration.ts';
import { type Csr, isDer } from '../x509/csr.ts';
import { resolveUsages } from '../x509/usages.ts';
import { commandFailure, usageError } from './deps.ts';
import { nameOfInput, readInputFile } from './input-file.ts';

/** The options of `sign` that it has with and without an issuer, as they are written. */
export interface SignFlags {
  readonly csr: string;
  readonly duration: string;
  readonly usage?: readonly string[];
  readonly isCa: boolean;
  readonly caOut?: string;
  readonly out?: string;
  readonly output: string;
}

/** What the options say of the certificate. */
export interface SignWish {
  readonly durationSeconds: number;
  readonly usages: readonly string[];
}

const formats = ['pem', 'json', 'text'];
/** A CSR of 64 KiB, in base64 with line ends. */
const mostBytes = 96 * 1024;

/** Reads what the options say. @throws {CodedError} `Usage`, which names the option. */
export function checkSignFlags(flags: SignFlags): SignWish {
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

/** Reads the CSR of --csr, in any of its forms. @throws {CodedError} `Failed`, which names the file. */
export async function readCsrFile(file: string, stdin: AsyncIterable<Uint8Array>): Promise<Csr> {
  const bytes = await readInputFile({ option: '--csr', file, mostBytes, tooLarge: 'that is no CSR' }, stdin);
  const csr = readCsr(isDer(bytes) ? new Uint8Array(bytes) : Buffer.from(bytes).toString('latin1'));
  if (csr.ok) return csr.value;
  throw commandFailure(`--csr: ${nameOfInput(file)}: ${csr.error.details}`);
}
