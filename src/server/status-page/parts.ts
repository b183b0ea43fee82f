import { formatDuration } from '../../lib/duration.ts';
import { oneLine } from '../../lib/one-line.ts';
import { momentText } from '../../lib/moment.ts';
import { html, said, type Content, type Html } from './html.ts';
import type { IssuerRow, RequestRow, RowState } from './view.ts';

/** How a state looks; it is always said in words too. */
type Tone = 'good' | 'bad' | 'wait';

/** A state in words, with a colour beside. */
export function badge(tone: Tone, text: string): Html {
  return html`<span class="badge ${tone}">${oneLine(text, 100)}</span>`;
}

/** What a table says, row by row: the first cell of each is its heading. */
export interface TableText {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Content[])[];
}

/** A table whose rows become blocks on a narrow screen; the roles keep it a table for those who hear it. */
export function table({ caption, columns, rows }: TableText): Html {
  const [first, ...rest] = columns;
  const head = [first, ...rest].map((column) => html`<th role="columnheader" scope="col">${column}</th>`);
  const body = rows.map(([name, ...cells]) => {
    const data = cells.map((cell, index) => html`<td role="cell" data-of="${rest[index]}">${cell}</td>`);
    return html`<tr role="row">
      <th role="rowheader" scope="row">${name}</th>
      ${data}
    </tr>`;
  });
  return html`<table role="table">
    <caption>
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${head}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${body}
    </tbody>
  </table>`;
}

/** A list of what belongs to what; absent values are left out. */
export function facts(pairs: readonly (readonly [string, Content])[]): Html {
  return html`<dl>
    ${pairs.map(([name, value]) =>
      value === undefined || value === ''
        ? undefined
        : html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
    )}
  </dl>`;
}

/** A moment, and how far it is from now; a time that cannot be read is said to be unknown. */
export function when(at: number | undefined, now: number): Content {
  if (at === undefined) return undefined;
  if (Number.isNaN(new Date(at).getTime())) return 'unknown';
  const moment = momentText(at);
  const apart = formatDuration(Math.abs(now - at) < 1000 ? 0 : Math.abs(now - at));
  const words = Math.abs(now - at) < 1000 ? 'now' : at > now ? `in ${apart}` : `${apart} ago`;
  return html`<time datetime="${moment}" title="${moment}">${words}</time>`;
}

/** A moment in full, then how far it is from now. */
export function whenInFull(at: number | undefined, now: number): Content {
  if (at === undefined || Number.isNaN(new Date(at).getTime())) return undefined;
  return html`${momentText(at)} (${when(at, now)})`;
}

/** `?refresh=…` as it is to be repeated in links within the page; '' without. */
export function refreshQuery(refresh: number | undefined): string {
  return refresh === undefined ? '' : `?refresh=${refresh}`;
}

/** The path of an issuer's page. */
export function issuerPath(key: string): string {
  return `/issuers/${key.split('/').map(encoded).join('/')}`;
}

/** The path of a request's page. */
export function requestPath(uid: string): string {
  return `/requests/${encoded(uid)}`;
}

/** A half of a surrogate pair cannot be in a path. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Whether an issuer signs, in words. */
export function issuerBadge({ ready, stopped, code }: IssuerRow): Html {
  if (stopped !== undefined) return badge('bad', `Stopped: ${stopped.code}`);
  if (ready === 'True') return badge('good', 'Ready');
  return ready === 'False' ? badge('bad', code === '' ? 'Not ready' : `Not ready: ${code}`) : badge('wait', 'Not checked yet');
}

const stateWords: Readonly<Record<RowState, readonly [Tone, string]>> = {
  'waiting-for-approval': ['wait', 'Waits for approval'],
  'waiting-for-issuer': ['wait', 'Waits for its issuer'],
  'pending-at-ca': ['wait', 'The CA decides'],
  'in-work': ['wait', 'In work'],
  issued: ['good', 'Issued'],
  failed: ['bad', 'Failed'],
  denied: ['bad', 'Denied'],
  gone: ['wait', 'Gone'],
};

/** A state of requests, in words. */
export function stateText(state: RowState): string {
  return stateWords[state][1];
}

/** What became of a request, in words. */
export function stateBadge(state: RowState): Html {
  return badge(...stateWords[state]);
}

/** `namespace/name`, or the name alone. */
export function fullName({ namespace, name }: Pick<RequestRow | IssuerRow, 'namespace' | 'name'>): Html {
  return said(namespace === undefined ? name : `${namespace}/${name}`, 320);
}
