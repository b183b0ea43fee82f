import { momentText } from '../../lib/moment.ts';
import { printable } from '../../lib/printable.ts';
import type { HeldCa } from '../../signers/ca/contract.ts';
import { readHeldCa } from '../../signers/ca/read-held.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { formatName } from '../../x509/name.ts';
import { commandFailure } from '../deps.ts';
import { chainPem } from './chain.ts';
import { chainOf, chooseCa } from './held-ca.ts';
import { granted, type VaultSession } from './session.ts';
import type { ShowFlags } from './show.ts';
import { certificateWords, keyTypeText, usageNames, wordLines } from './words.ts';

/** Shows what an issuer would use. @throws {CodedError} `Failed` where there is nothing, or where an issuer would not use it. */
export async function runShow(flags: ShowFlags, session: VaultSession): Promise<void> {
  const { deps } = session;
  const { holder, settings } = await chooseCa(flags, session);
  const held = granted(await session.ask(async (context) => await holder.load(context)));
  const chain = chainOf(held);
  if (!chain.ok) throw commandFailure(printable(chain.error));
  const now = deps.clock.now();
  deps.stdout.write(await shown(flags.output, held, chain.value, now));
  for (const { message } of held.warnings) deps.stderr.write(`warning: ${printable(message)}\n`);
  const fit = readHeldCa(held, settings, now);
  if (!fit.ok) throw commandFailure(`an issuer would not use it: ${printable(fit.error.message)}`);
}

async function shown(
  output: ShowFlags['output'],
  held: HeldCa,
  chain: readonly [Certificate, ...Certificate[]],
  now: number,
): Promise<string> {
  const [certificate, ...above] = chain;
  const { id, publicKey, algorithms } = held.key;
  if (output === 'pem') return chainPem(chain);
  if (output === 'json') return `${JSON.stringify(caDocument(held, chain, now), null, 2)}\n`;
  if (output === 'yaml') return (await import('yaml')).stringify(caDocument(held, chain, now), { lineWidth: 0 });
  return wordLines([
    ['Found in', held.where],
    ...certificateWords({ certificate, key: { id, keyType: publicKey.keyType }, algorithms, now }),
    ...above.map(({ subject }, index) => [`Above (${index + 1})`, formatName(subject)] as const),
  ]);
}

/** What is shown, for programs; times in RFC 3339, names in RFC 4514. */
function caDocument(held: HeldCa, chain: readonly [Certificate, ...Certificate[]], now: number): object {
  const [certificate, ...above] = chain;
  const { subject, issuer, serialHex, notBefore, notAfter, x509, pathLength, keyUsage } = certificate;
  const { id, publicKey, algorithms } = held.key;
  return {
    foundIn: held.where,
    subject: formatName(subject),
    issuer: formatName(issuer),
    serial: serialHex,
    notBefore: momentText(notBefore),
    notAfter: momentText(notAfter),
    secondsLeft: Math.max(0, Math.floor((notAfter - now) / 1000)),
    key: { id, type: keyTypeText(publicKey.keyType), algorithms },
    signatureAlgorithm: x509.signatureAlgorithm ?? x509.signatureAlgorithmOid,
    isCA: certificate.isCA,
    ...(pathLength === undefined ? {} : { pathLength }),
    ...(keyUsage === undefined ? {} : { keyUsages: usageNames(keyUsage) }),
    subjectKeyId: Buffer.from(certificate.keyId).toString('hex'),
    fingerprintSha256: x509.fingerprint256,
    above: above.map((higher) => formatName(higher.subject)),
    warnings: held.warnings.map(({ message }) => message),
    certificates: chainPem(chain),
  };
}
