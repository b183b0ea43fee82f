import { formatDuration } from '../../lib/duration.ts';
import { momentText } from '../../lib/moment.ts';
import { printable } from '../../lib/printable.ts';
import { formatName } from '../../x509/name.ts';
import type { SignRequest } from '../signer.ts';
import type { CaSettings } from './contract.ts';
import type { FitCa } from './read-held.ts';

const mostNames = 20;

/** What would be signed, by which key, as text; nothing is fetched for it. @param ca the CA, where it is known already. */
export function previewIssuance(request: SignRequest, settings: CaSettings, ca: FitCa | undefined): string {
  const { csr, durationSeconds, usages, isCA } = request;
  const { keyWords = 'the key of the issuer', signatureAlgorithm } = settings;
  const { dns, ip, uri, email } = csr.sans;
  const names = [...dns, ...ip, ...uri, ...email];
  const more = names.length > mostNames ? `, and ${names.length - mostNames} more` : '';
  const algorithm = ca?.algorithm ?? signatureAlgorithm ?? 'the default algorithm of the key';
  const lines = [
    `# one ${isCA ? 'CA certificate' : 'certificate'}, to be signed with ${algorithm} by ${ca?.key.id ?? keyWords}`,
    `subject:  ${formatName(csr.subject, 400) || '(empty)'}`,
    `names:    ${names.length === 0 ? '(none)' : names.slice(0, mostNames).join(', ') + more}`,
    `usages:   ${usages.length === 0 ? '(default)' : usages.join(', ')}`,
    `lifetime: ${formatDuration(durationSeconds * 1000)}, but not beyond ${endOf(ca)}`,
  ];
  return lines.map(printable).join('\n');
}

function endOf(ca: FitCa | undefined): string {
  if (ca === undefined) return 'the end of the CA certificate';
  const { certificate, limits } = ca.certificate;
  const { subject, notAfter } = limits.endsFirst;
  const who = limits.endsFirst === certificate ? 'the CA' : `"${formatName(subject, 200)}" above the CA`;
  return `${momentText(notAfter)}, when ${who} ends`;
}
