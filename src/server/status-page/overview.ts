import { formatDuration } from '../../lib/duration.ts';
import { html, said, type Content, type Html } from './html.ts';
import type { Page } from './layout.ts';
import { fullName, issuerBadge, issuerPath, refreshQuery, requestPath, stateBadge, stateText, table, when } from './parts.ts';
import { replicaPart } from './replica.ts';
import { isBroken, troublesOf } from './troubles.ts';
import type { IssuerRow, RequestRow, StatusView, WorkView } from './view.ts';

/** Issuers that are shown; who has more looks with kubectl. */
const mostIssuers = 200;

/** The first page: what is wrong, who leads, issuers, queues and requests. */
export function overviewPage(view: StatusView, refresh: number | undefined): Page {
  const { replica, work, now } = view;
  const content = html`<header>
      <h1>external-issuer</h1>
      ${replicaPart(replica, now)}
    </header>
    <main>${banner(view)}${work === undefined ? undefined : workPart(work, now, refreshQuery(refresh))}</main>`;
  return { title: replica.role === 'standby' ? 'Standby' : 'Status', content };
}

function banner(view: StatusView): Html {
  const troubles = troublesOf(view);
  if (troubles.length > 0) {
    const list = troubles.map(({ what, todo }) => html`<li><strong>${what}</strong> ${todo}</li>`);
    return html`<section class="banner bad" aria-labelledby="wrong">
      <h2 id="wrong">What is wrong, and what to do</h2>
      <ul>
        ${list}
      </ul>
    </section>`;
  }
  const { role } = view.replica;
  const words =
    role === 'standby'
      ? 'This replica stands by, as it should. Issuers and requests are shown by the one that leads.'
      : 'Nothing is wrong that this replica knows of.';
  return html`<p class="banner good"><strong>${words}</strong></p>`;
}

function workPart({ issuers, queues, tallies, unfinished, recent }: WorkView, now: number, query: string): Content {
  return html`<section aria-labelledby="issuers">
      <h2 id="issuers">Issuers</h2>
      ${issuersPart(issuers, now, query)}
    </section>
    <div class="panels">
      <section aria-labelledby="queues">
        <h2 id="queues">Queues</h2>
        ${table({
          caption: 'What waits for a worker of this controller.',
          columns: ['Queue', 'Waiting', 'Oldest waits for'],
          rows: queues.map(({ name, depth, oldestAgeMs }) => [name, depth, depth === 0 ? '–' : formatDuration(oldestAgeMs)]),
        })}
      </section>
      <section aria-labelledby="counts">
        <h2 id="counts">Unfinished requests</h2>
        ${table({
          caption: 'All that are not finished, by what they wait for.',
          columns: ['State', 'Kind', 'Count', 'Oldest'],
          rows: tallies
            .filter(({ count }) => count > 0)
            .map(({ state, kind, count, oldestMs }) => [stateText(state), kind, count, formatDuration(oldestMs)]),
        })}${tallies.every(({ count }) => count === 0) ? html`<p class="quiet">None.</p>` : undefined}
      </section>
    </div>
    <section aria-labelledby="waiting">
      <h2 id="waiting">Requests in work or waiting</h2>
      ${requestsPart(unfinished, 'The oldest first, 100 at most.', now, query)}
    </section>
    <section aria-labelledby="recent">
      <h2 id="recent">Requests that ended</h2>
      ${requestsPart(recent, 'The last 100 of this leader, the newest first.', now, query)}
    </section>`;
}

function issuersPart(issuers: readonly IssuerRow[], now: number, query: string): Content {
  if (issuers.length === 0) return html`<p class="quiet">There is no issuer. docs/issuers.md shows how to make the first.</p>`;
  const rank = (issuer: IssuerRow): number => (isBroken(issuer) ? 0 : issuer.ready === 'Unknown' ? 1 : 2);
  const ordered = issuers.toSorted((one, other) => rank(one) - rank(other) || (one.key < other.key ? -1 : 1));
  const more = ordered.length - mostIssuers;
  return [
    table({
      caption: `${issuers.length} in the cluster, broken ones first.`,
      columns: ['Issuer', 'State', 'Signer', 'Message', 'Checked', 'Next check', 'CA ends', 'At the CA'],
      rows: ordered
        .slice(0, mostIssuers)
        .map((issuer) => [
          html`<a href="${issuerPath(issuer.key)}${query}">${fullName(issuer)}</a> <span class="quiet">${issuer.kind}</span>`,
          issuerBadge(issuer),
          said(issuer.signerType),
          said(issuer.message, 200),
          when(issuer.checkedAt, now),
          when(issuer.nextCheckAt, now),
          when(issuer.ca?.notAfter, now),
          issuer.inFlight,
        ]),
    }),
    more > 0
      ? html`<p class="quiet">${more} more are not shown: kubectl get externalissuers,externalclusterissuers -A</p>`
      : undefined,
  ];
}

/** A table of requests; a line that says so where there is none. */
export function requestsPart(requests: readonly RequestRow[], caption: string, now: number, query: string): Content {
  if (requests.length === 0) return html`<p class="quiet">None.</p>`;
  return table({
    caption,
    columns: ['Request', 'State', 'Issuer', 'Last step', 'Why', 'Age'],
    rows: requests.map((request) => [
      html`<a href="${requestPath(request.uid)}${query}">${fullName(request)}</a> <span class="quiet">${request.kind}</span>`,
      stateBadge(request.state),
      said(request.issuer),
      when(request.steps.at(-1)?.at, now),
      said(request.message, 200),
      formatDuration(Math.max(0, now - request.createdAt || 0)),
    ]),
  });
}
