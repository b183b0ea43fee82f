import { err, ok, type Result } from '../../../lib/result.ts';
import type { Budget } from '../template/engine.ts';
import { compileRecord, type Pair } from '../template/record.ts';
import type { TemplateValues } from '../template/values.ts';
import { literalOf } from './literal.ts';

/** The headers of a request, compiled. */
export interface HeadersTemplate {
  /** Lower-case names that are always or sometimes sent. */
  readonly names: ReadonlySet<string>;
  render(values: TemplateValues, budget: Budget): Result<Map<string, string>, string>;
}

/** Headers of the connection (RFC 9110 section 7.6.1), and those that follow from the address and the body. */
const notOurs = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const valuePattern = /^[\x20-\x7e]*$/;

/** Compiles headers: names as RFC 9110 has them, values in visible ASCII. */
export function compileHeaders(written: Readonly<Record<string, string>>, field: string): Result<HeadersTemplate, string> {
  const names = new Set<string>();
  const pairs: Pair[] = [];
  for (const [name, value] of Object.entries(written)) {
    const lower = name.toLowerCase();
    if (!tokenPattern.test(name)) return err(`${field}: "${name.slice(0, 64)}" is not the name of a header`);
    if (notOurs.has(lower))
      return err(`${field}.${name}: this header follows from the address, the body or the connection; take it away`);
    if (names.has(lower)) return err(`${field}.${name}: the header is there twice`);
    if (!valuePattern.test(literalOf(value))) {
      return err(`${field}.${name}: a header holds one line of visible ASCII characters`);
    }
    names.add(lower);
    pairs.push([lower, value]);
  }
  const record = compileRecord(pairs, field, 'header');
  if (!record.ok) return record;
  return ok({
    names,
    render(values, budget) {
      const rendered = record.value.render(values, budget);
      return rendered.ok ? ok(new Map(rendered.value)) : rendered;
    },
  });
}
