import { Agent, request } from 'undici';

/** Whom a client trusts, and who it is. */
export interface ClientTls {
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** What is asked; without a body it is a GET. */
export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Calls a server once, on a connection of its own: a plain client, so that what is tested does not test itself. */
export async function call(url: string, tls: ClientTls, { method, headers, body }: Call = {}): Promise<Answer> {
  const dispatcher = new Agent({ connect: { ...tls }, headersTimeout: 10_000, bodyTimeout: 10_000 });
  try {
    const answer = await request(url, {
      dispatcher,
      method: (method ?? (body === undefined ? 'GET' : 'POST')) as 'GET',
      headers: { ...headers },
      body: body ?? null,
    });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  } finally {
    await dispatcher.destroy();
  }
}

/** Posts JSON. */
export async function postJson(
  url: string,
  tls: ClientTls,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return await call(url, tls, { body: JSON.stringify(value), headers: { 'content-type': 'application/json', ...headers } });
}

/** Gets JSON. @throws when the answer is not 200. */
export async function getJson(url: string, tls: ClientTls): Promise<unknown> {
  const { status, text } = await call(url, tls);
  if (status !== 200) throw new Error(`${url} answered ${status}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}
