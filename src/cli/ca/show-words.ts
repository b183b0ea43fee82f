import { printable } from '../../lib/printable.ts';
import type { CliDeps } from '../deps.ts';
import type { Finding } from './chain.ts';
import { type CertificateWords, certificateWords, wordLines } from './words.ts';

/** Writes a CA certificate in words to standard error. */
export function writeWords({ stderr }: Pick<CliDeps, 'stderr'>, words: CertificateWords): void {
  stderr.write(wordLines(certificateWords(words)));
}

/** Writes what somebody should see to, to standard error. */
export function writeFindings({ stderr }: Pick<CliDeps, 'stderr'>, findings: readonly Finding[]): void {
  for (const { level, text } of findings) if (level !== 'ok') stderr.write(`warning: ${printable(text)}\n`);
}
