import type { HttpAnswer } from '../../network/exchange.ts';
import type { ReadAnswer } from './contract.ts';
import { parseJson } from './json.ts';
import { parseXml } from './xml.ts';

const longestText = 65_536;

/** Adds to an answer its parsed body and its text, each made when it is first asked for. */
export function readAnswer(answer: HttpAnswer): ReadAnswer {
  let document: { readonly value: unknown } | undefined;
  let text: string | undefined;
  const { status, headers, body, url } = answer;
  return {
    status,
    headers,
    body,
    url,
    get document() {
      document ??= { value: parse(answer) };
      return document.value;
    },
    get text() {
      text ??= decoder(answer).decode(body.subarray(0, longestText), { stream: body.length > longestText });
      return text;
    },
  };
}

function parse(answer: HttpAnswer): unknown {
  const text = decoder(answer).decode(answer.body).trim();
  const parsed = isXml(answer.headers.get('content-type') ?? '', text) ? parseXml(text) : parseJson(text);
  return parsed ?? null;
}

function isXml(contentType: string, text: string): boolean {
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (/[/+]json$/.test(type)) return false;
  return /[/+]xml$/.test(type) || text.startsWith('<');
}

/** Of the character set that the content type or the declaration of the XML names, where it is known; else UTF-8. */
function decoder({ headers, body }: HttpAnswer): InstanceType<typeof TextDecoder> {
  const start = Buffer.from(body.subarray(0, 200)).toString('latin1');
  const named =
    /;\s*charset="?([\w.:-]{1,40})/i.exec((headers.get('content-type') ?? '').slice(0, 500)) ??
    /^\s*<\?xml\s[^>]*encoding=["']([\w.:-]{1,40})/i.exec(start);
  try {
    return new TextDecoder(named?.[1] ?? 'utf-8');
  } catch {
    return new TextDecoder();
  }
}
