import { err, ok, type Result } from '../../../lib/result.ts';
import type { PkiProblem } from '../problem.ts';
import { compileValue } from '../template/compile.ts';
import type { UrlTemplate } from './url.ts';

const longestAddress = 2048;

/**
 * Compiles the one placeholder of an address that the CA has given. Only what the CA said may be one, since it is not encoded: `id`
 * and `steps`, with functions whose arguments are written out.
 */
export function compileGivenAddress(expression: string, field: string): Result<UrlTemplate, string> {
  const [name = '', ...functions] = expression.replaceAll(/'[^']*'|"[^"]*"/g, "''").split('|');
  if (
    !/^\s*(?:id|steps(?:\.[\w-]+|\[(?:''|\d+)\])+)\s*$/.test(name) ||
    functions.some((each) => /[:,]\s*[A-Za-z_]/.test(each))
  ) {
    return err(
      `${field}: an address that is one placeholder is one that the CA has given: {{ id }} or {{ steps.… }}; for others, write a path before it`,
    );
  }
  const compiled = compileValue(expression);
  if (!compiled.ok) return err(`${field}: ${compiled.error}`);
  return ok({
    render(values, base, budget) {
      const given = compiled.value.evaluate(values, false, budget);
      if (!given.ok) return err({ code: 'RequestIncomplete', message: `${field}: ${given.error}` });
      return resolve(given.value, base, `${field}: {{ ${expression.trim()} }}`);
    },
  });
}

function resolve(given: unknown, base: URL, where: string): Result<URL, PkiProblem> {
  const invalid = (what: string): Result<never, PkiProblem> => err({ code: 'CAResponseInvalid', message: `${where}: ${what}` });
  if (typeof given !== 'string' || given === '') return invalid('the CA gave no address there');
  if (given.length > longestAddress || !/^[\x21-\x7e]+$/.test(given) || /[\\#]/.test(given)) {
    return invalid('what the CA gave is not an address (visible ASCII characters, no "\\", no fragment)');
  }
  const url = URL.parse(given, `${base.origin}/`);
  if (url === null) return invalid('what the CA gave is not an address');
  if (url.origin !== base.origin) {
    const other = url.host === '' ? url.protocol : url.host.slice(0, 100);
    return invalid(`the CA gave an address at ${other}, but requests go to ${base.origin} only`);
  }
  if (url.username !== '' || url.password !== '') return invalid('the CA gave an address with a user or password');
  return ok(url);
}
