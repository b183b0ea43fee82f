import { formatDuration } from '../../lib/duration.ts';
import { oneLine } from '../../lib/one-line.ts';
import type { Style } from '../text/style.ts';
import { renderTable } from '../text/table.ts';
import type { DecodedRequest } from './decode.ts';
import { remarksOn } from './remarks.ts';

const headings = ['NAME', 'AGE', 'SIGNER', 'REQUESTER', 'SUBJECT', 'DURATION', 'STATE', 'REMARKS'];
/** Characters of a cell; `-o wide` cuts nothing that a name may hold. */
const cellWidth = 40;
const wideCell = 300;

/** The requests as a table, safe for a terminal. */
export function listText(requests: readonly DecodedRequest[], wide: boolean, style: Style): string {
  if (requests.length === 0) return 'There is no such CertificateSigningRequest.\n';
  const most = wide ? wideCell : cellWidth;
  const heads = wide ? [...headings, 'NAMES', 'USAGES', 'KEY'] : headings;
  return renderTable(
    heads,
    requests.map((request) => rowOf(request, most, wide, style)),
  );
}

function rowOf(request: DecodedRequest, most: number, wide: boolean, style: Style): readonly string[] {
  const { name, ageMs, signerName, requester, csr, wantedSeconds } = request;
  const readable = 'problem' in csr ? undefined : csr;
  const cell = (text: string): string => oneLine(text, most) || '-';
  const row = [
    oneLine(name, 253),
    ageWords(ageMs),
    cell(wide ? signerName : shortSigner(signerName)),
    cell(requester),
    readable === undefined ? style.bad('unreadable') : cell(readable.subject),
    lifeWords(wantedSeconds),
    stateCell(request, style),
    remarkCell(request, style),
  ];
  if (!wide) return row;
  return [...row, cell(readable?.sans.join(', ') ?? ''), cell(request.usages.join(', ')), readable?.key ?? '-'];
}

/** The domain of our own issuers says little: what is before it is the kind. */
function shortSigner(signerName: string): string {
  return signerName.replace('.external-issuer.io/', '/');
}

/** An age as kubectl writes it, in its largest unit: `5m`, `3h`, `12d`. */
export function ageWords(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  for (const [unit, size] of [['d', 86_400] as const, ['h', 3600] as const, ['m', 60] as const]) {
    if (seconds >= 2 * size) return `${Math.floor(seconds / size)}${unit}`;
  }
  return `${seconds}s`;
}

/** How long a certificate is to last, or that its signer decides. */
export function lifeWords(seconds: number | undefined): string {
  return seconds === undefined ? 'default' : formatDuration(seconds * 1000);
}

/** The state in a word, coloured. */
export function stateCell({ state }: DecodedRequest, style: Style): string {
  switch (state.state) {
    case 'unapproved':
      return style.warn('pending');
    case 'approved':
      return style.warn('approved');
    case 'issued':
      return style.good('issued');
    case 'denied':
    case 'failed':
      return style.bad(state.state);
    default:
      return state satisfies never;
  }
}

function remarkCell(request: DecodedRequest, style: Style): string {
  const remarks = remarksOn(request);
  if (remarks.length === 0) return '';
  const codes = remarks.map(({ code }) => code).join(',');
  return remarks.some(({ severity }) => severity === 'dangerous') ? style.bad(`! ${codes}`) : style.warn(codes);
}
