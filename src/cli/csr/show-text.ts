import { issuerWords } from '../../issuing/request-view.ts';
import { oneLine } from '../../lib/one-line.ts';
import type { Style } from '../text/style.ts';
import type { DecodedRequest } from './decode.ts';
import { ageWords, lifeWords, stateCell } from './list-text.ts';
import { remarksOn } from './remarks.ts';

/** Characters of what others wrote. */
const longest = 500;
/** Groups that everybody is in who has logged in, and that say nothing. */
const plainGroups = ['system:authenticated'];

/** A request in words, line by line, then what is dangerous or unusual, then `notes`; safe for a terminal. */
export function showText(request: DecodedRequest, notes: readonly string[], style: Style): string {
  const lines = factsOf(request, style).map(([label, value]) => `${`${label}:`.padEnd(13)}${value}`);
  const remarks = remarksOn(request).map(({ severity, text }) =>
    severity === 'dangerous' ? `${style.bad('DANGEROUS')}  ${text}` : `${style.warn('unusual')}    ${text}`,
  );
  const judged = remarks.length === 0 ? [style.good('Nothing about it is unusual.')] : remarks;
  const more = notes.length === 0 ? [] : ['', ...notes.map((note) => oneLine(note, 3 * longest))];
  return `${[...lines, '', ...judged, ...more].join('\n')}\n`;
}

function factsOf(request: DecodedRequest, style: Style): readonly (readonly [label: string, value: string])[] {
  const { name, signerName, issuer, requester, groups, csr, usages, wantedSeconds, ageMs, state, certificate } = request;
  const text = (value: string): string => oneLine(value, longest) || style.dim('none');
  const ours = issuer === undefined || 'malformed' in issuer ? '' : ` (${oneLine(issuerWords(issuer), longest)})`;
  const asker = groups.filter((group) => !plainGroups.includes(group));
  return [
    ['Name', text(name)],
    ['State', `${stateCell(request, style)}${'reason' in state ? `: ${text(`${state.reason}: ${state.message}`)}` : ''}`],
    ['Age', ageWords(ageMs)],
    ['Signer', `${text(signerName)}${ours}`],
    ['Requester', `${text(requester)}${asker.length === 0 ? '' : `, of the groups ${text(asker.join(', '))}`}`],
    ...('problem' in csr
      ? ([['CSR', style.bad(text(csr.problem))]] as const)
      : ([
          ['Subject', text(csr.subject)],
          ['SANs', text(csr.sans.join(', '))],
          ['Key', csr.key],
        ] as const)),
    ['Usages', text(usages.join(', '))],
    ['Duration', wantedSeconds === undefined ? 'as long as the signer decides' : lifeWords(wantedSeconds)],
    ...(certificate === undefined
      ? []
      : ([
          ['Certificate', `serial number ${certificate.serial}, from ${certificate.notBefore} to ${certificate.notAfter}`],
          ['Issued by', text(certificate.issuer)],
        ] as const)),
  ];
}
