import { JSONPathEnvironment, JSONPathError, type JSONPathQuery } from 'json-p3';
import { err, ok, type Result } from '../../../lib/result.ts';

/** Finds the values of a query in a document. */
export type JsonPath = (document: unknown) => readonly unknown[];

/**
 * Compiles a JSONPath query (RFC 9535). So that no answer of a CA makes it slow, it has no regular expressions (`match`, `search`), at
 * most one `..` and one filter, and one selector in each pair of brackets; a filter looks at its own element only (`@`).
 * The error is a clause that says where.
 */
export function compileJsonPath(path: string): Result<JsonPath, string> {
  const environment = new JSONPathEnvironment({ maxRecursionDepth: deepest });
  const { functionRegister } = environment;
  for (const name of functionRegister.keys()) if (!allowedFunctions.includes(name)) functionRegister.delete(name);
  const refusal = refusalOf(path);
  if (refusal !== undefined) return err(refusal);
  try {
    return ok(runner(environment.compile(path)));
  } catch (error) {
    if (!(error instanceof JSONPathError)) return err('it is not JSONPath (RFC 9535)');
    return err(
      `it is not JSONPath (RFC 9535): at character ${error.token.index + 1}, ${error.message.replace(/ \('[^]*$/, '')}`,
    );
  }
}

/** Levels that `..` goes down. */
const deepest = 20;
const allowedFunctions = ['count', 'length', 'value'];

function runner(query: JSONPathQuery): JsonPath {
  return (document) => {
    try {
      return query.query(document as Parameters<JSONPathQuery['query']>[0]).values();
    } catch {
      return []; // Deeper than the library goes.
    }
  };
}

/** What in a query would let its work grow faster than the document. */
function refusalOf(path: string): string | undefined {
  // Strings may hold anything; what they hold is no syntax.
  const syntax = path.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, 'x');
  const regex = /\b(?:match|search)\s*\(/.exec(syntax);
  if (regex !== null) return `${regex[0]}) is not available, since a regular expression may run for minutes; compare with ==`;
  if (syntax.split('..').length > 2) return 'it has .. more than once; name the way to the first one';
  if (syntax.split('?').length > 2)
    return 'it has more than one filter (?); filter once, and combine conditions with && and ||';
  if (syntax.lastIndexOf('$') > 0) return '$ is inside a filter, which would search the whole answer for each element; use @';
  if (syntax.includes(',')) return 'brackets hold several selectors; write one, and use * for all';
  return undefined;
}
