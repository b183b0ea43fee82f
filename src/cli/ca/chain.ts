import { momentText } from '../../lib/moment.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import type { CaCertificate } from '../../x509/ca-certificate.ts';
import { firstToEnd } from '../../x509/ca-path.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import { decodePem } from '../../x509/pem.ts';
import { isSelfSigned } from './words.ts';

/** Something about a CA: a problem stops issuers or those who trust them, a warning may do so one day. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  /** What it is about: `chain`. */
  readonly about: string;
  /** A whole sentence, and advice. */
  readonly text: string;
}

/** The certificate of a CA and those above it, in order, each once; the root at the end where it is known. The error is a clause. */
export function readChain({
  intermediatesPem,
  caPem,
}: Pick<CaCertificate, 'intermediatesPem' | 'caPem'>): Result<readonly Certificate[], string> {
  const blocks = decodePem(intermediatesPem.includes(caPem) ? intermediatesPem : intermediatesPem + caPem);
  if (!blocks.ok) return err(blocks.error.message);
  const chain: Certificate[] = [];
  for (const { der } of blocks.value) {
    const certificate = parseCertificate(der);
    if (!certificate.ok) return err(`certificate ${chain.length + 1} of the chain cannot be used: ${certificate.error}`);
    chain.push(certificate.value);
  }
  return ok(chain);
}

/** The certificates of a chain as PEM, in its order. */
export function chainPem(chain: readonly Certificate[]): string {
  return chain.map(({ pem }) => pem).join('');
}

/** What is to be said of a chain whose CA may sign now. */
export function chainFindings(chain: readonly Certificate[]): readonly Finding[] {
  const [own, ...above] = chain;
  const top = chain.at(-1);
  if (own === undefined || top === undefined) return [];
  const findings: Finding[] = [];
  const add = (level: Finding['level'], text: string): void => void findings.push({ level, about: 'chain', text });
  const { subject, notAfter } = firstToEnd([own, ...above]);
  if (notAfter < own.notAfter) {
    add(
      'warning',
      `The certificate "${formatName(subject, 200)}" above it ends first, at ${momentText(notAfter)}: what is signed below it is good until then only. Renew it in time.`,
    );
  }
  if (!isSelfSigned(top)) {
    const issuer = formatName(top.issuer, 200);
    add(
      'warning',
      `The chain ends with "${formatName(top.subject, 200)}"; its issuer "${issuer}" is not in it. Add that, so that ca.crt holds a root.`,
    );
  } else if (findings.length === 0) {
    add('ok', chain.length === 1 ? 'It is a self-signed root.' : `It leads to the root "${formatName(top.subject, 200)}".`);
  }
  return findings;
}
