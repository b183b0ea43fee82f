import { momentText } from '../../lib/moment.ts';
import { html, htmlText, styleElement, type Content, type Html } from './html.ts';
import { refreshQuery } from './parts.ts';
import { styleSheet } from './style.ts';

/** A page without its frame. */
export interface Page {
  readonly title: string;
  readonly content: Content;
}

/** Where a page is, and after how many seconds the browser is to ask for it again. */
export interface Place {
  readonly path: string;
  readonly refresh: number | undefined;
}

/** A whole document. */
export function documentOf({ title, content }: Page, { path, refresh }: Place, now: number): string {
  return htmlText(
    html`${doctype}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <title>${title} – external-issuer</title>
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          ${refresh === undefined ? undefined : html`<meta http-equiv="refresh" content="${refresh}" />`}
          ${styleElement(styleSheet)}
        </head>
        <body>
          ${content}
          <footer>
            <p>
              As of <time>${momentText(now)}</time>. ${refreshing(path, refresh)} <a href="/status.json">The same as JSON</a>.
            </p>
          </footer>
        </body>
      </html> `,
  );
}

const doctype: Html = html`<!doctype html>`;

/** The way back from a page of one thing. */
export function wayBack(refresh: number | undefined): Html {
  return html`<nav aria-label="Pages"><a href="/${refreshQuery(refresh)}">All issuers and requests</a></nav>`;
}

function refreshing(path: string, refresh: number | undefined): Html {
  if (refresh === undefined) return html`This page stays as it is: <a href="${path}?refresh=10">refresh it every 10 s</a>.`;
  return html`Refreshed every ${refresh} s: <a href="${path}">stop that</a>.`;
}
