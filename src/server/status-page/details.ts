import { formatDuration } from '../../lib/duration.ts';
import { momentText } from '../../lib/moment.ts';
import { html, said, type Content, type Html } from './html.ts';
import { wayBack, type Page } from './layout.ts';
import { requestsPart } from './overview.ts';
import { badge, facts, fullName, issuerBadge, issuerPath, refreshQuery, stateBadge, when, whenInFull } from './parts.ts';
import type { IssuerRow, RequestRow, Step, WorkView } from './view.ts';

/** All about one issuer. */
export function issuerPage(issuer: IssuerRow, work: WorkView, now: number, refresh: number | undefined): Page {
  const { ca, stopped } = issuer;
  const ofIt = (requests: readonly RequestRow[]): readonly RequestRow[] =>
    requests.filter((request) => request.issuer === issuer.key);
  const part = (id: string, heading: string, requests: readonly RequestRow[]): Html =>
    html`<section aria-labelledby="${id}">
      <h2 id="${id}">${heading}</h2>
      ${requestsPart(ofIt(requests), 'Of those that the first page shows.', now, refreshQuery(refresh))}
    </section>`;
  const content = html`<header>
      ${wayBack(refresh)}
      <h1>${issuer.kind} ${fullName(issuer)}</h1>
      <p>${issuerBadge(issuer)}</p>
    </header>
    <main>
      <p>${said(issuer.message, 2000)}</p>
      ${facts([
        ['Signer', said(issuer.signerType)],
        ['In this state since', issuer.readySince],
        [
          'Stopped',
          stopped &&
            html`Signing has shown that its CA cannot be used (${stopped.code}). It is checked again
            ${when(stopped.until, now)}; its requests wait.`,
        ],
        ['Last check', whenInFull(issuer.checkedAt, now)],
        ['It took its CA', issuer.checkMs === undefined ? undefined : formatDuration(issuer.checkMs)],
        ['Next check', whenInFull(issuer.nextCheckAt, now)],
        ['Requests at the CA now', issuer.inFlight],
        ['CA', ca && said(ca.subject)],
        ['Serial number of the CA', ca?.serialNumber],
        ['CA certificate ends', whenInFull(ca?.notAfter, now)],
        ['Key of the CA', ca && said(ca.keyId)],
      ])}
      ${part('waiting', 'Requests in work or waiting', work.unfinished)}${part('recent', 'Requests that ended', work.recent)}
    </main>`;
  return { title: issuer.name, content };
}

/** All about one request: what was done with it, step by step. */
export function requestPage(request: RequestRow, work: WorkView, now: number, refresh: number | undefined): Page {
  const { issuer, steps, omitted, createdAt, approvedAt } = request;
  const known = work.issuers.find(({ key }) => key === issuer);
  const link =
    known === undefined
      ? said(issuer, 600)
      : html`<a href="${issuerPath(issuer)}${refreshQuery(refresh)}">${said(issuer)}</a> ${issuerBadge(known)}`;
  const content = html`<header>
      ${wayBack(refresh)}
      <h1>${request.kind} ${fullName(request)}</h1>
      <p>${stateBadge(request.state)}</p>
    </header>
    <main>
      <p>${said(request.message, 2000)}</p>
      ${facts([
        ['Issuer', issuer === '' ? 'none that there is a kind of' : link],
        ['UID', said(request.uid)],
      ])}
      <h2>Steps</h2>
      <ol class="steps">
        ${stepItem('Created.', createdAt, now)} ${approvedAt === undefined ? undefined : stepItem('Approved.', approvedAt, now)}
        ${omitted === 0 ? undefined : html`<li class="quiet">${omitted} steps were not kept.</li>`}
        ${steps.map((step, index) => stepItem(stepWords(step, attemptsUpTo(index, request)), step.at, now))}
      </ol>
      ${steps.length === 0 ? html`<p class="quiet">This leader has done nothing with it yet.</p>` : undefined}
    </main>`;
  return { title: request.name, content };
}

function stepItem(words: Content, at: number, now: number): Html {
  const moment = Number.isNaN(new Date(at).getTime()) ? '' : momentText(at);
  return html`<li>${words}<br /><span class="quiet">${moment} (${when(at, now)})</span></li>`;
}

const outcomes: Readonly<Record<string, string>> = {
  issued: 'a certificate came',
  pending: 'it decides later',
  retry: 'it failed, and may be repeated',
  failed: 'it was refused',
  'issuer-broken': 'the CA cannot be used',
};

/** How often the CA had been asked by then; undefined where steps before were not kept. */
function attemptsUpTo(index: number, { steps, omitted }: RequestRow): number | undefined {
  if (omitted > 0) return undefined;
  const asked = steps.slice(0, index + 1).filter(({ what }) => what === 'asked');
  return asked.reduce((sum, { count }) => sum + count, 0);
}

function stepWords({ what, code, text, ms, count }: Step, attempts: number | undefined): Content {
  const times = count > 1 ? ` ${count} times in a row, last:` : '';
  const took = ms === undefined ? '' : formatDuration(ms);
  switch (what) {
    case 'asked':
      return html`Asked the CA${attempts === undefined ? '' : `, attempt ${attempts}`}:${times} ${outcomes[code] ?? code}
      (${took}).`;
    case 'waiting':
      return html`${badge('wait', 'Waits')}${times} ${said(code)}: ${said(text)} Its status was written (${took}).`;
    case 'told':
      return html`Told as an event:${times} ${said(code)}: ${said(text)}`;
    case 'issued':
      return html`${badge('good', 'Issued')} The certificate was checked and written to its status (${took}).`;
    case 'failed':
    case 'denied':
      return html`${stateBadge(what)} ${said(code)}: ${said(text)} Its status was written (${took}).`;
    default:
      return what satisfies never;
  }
}

/** The page for what is not there, in words. */
export function missingPage(words: string): Page {
  const content = html`<header>
      ${wayBack(undefined)}
      <h1>Not here</h1>
    </header>
    <main><p>${words}</p></main>`;
  return { title: 'Not here', content };
}
