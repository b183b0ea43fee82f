import type { ASTNode, Environment } from '@marcbachmann/cel-js';

const longestNeedle = 1024;
/** Characters that the searches of one evaluation may compare, at worst each of a text with each of what is searched for. */
const mostCompared = 16 * 1024 * 1024;
const ending = '_bounded';
/** The functions that search, by the names of those that stand in for them. */
const searches = ['contains', 'startsWith', 'endsWith', 'indexOf'];

/** Whether a function searches a text. */
export function isSearch(name: string): boolean {
  return searches.includes(name);
}

/** Has the searches of a parsed expression, which is not checked yet, be bounded ones. */
export function boundSearches(nodes: readonly ASTNode[]): void {
  for (const node of nodes) {
    if (node.op === 'rcall' && isSearch(node.args[0])) node.args[0] += ending;
  }
}

/** A message about an expression whose searches are bounded, with the names that its author wrote. */
export function unboundName(message: string): string {
  return message.replaceAll(ending, '');
}

/**
 * Adds the searches that {@link boundSearches} calls. CEL's own take minutes with a long text that is searched for in a longer one; these
 * are errors once they have compared too much.
 * @returns what begins a new evaluation.
 */
export function addSearches(environment: Environment): () => void {
  let compared = 0;
  function spend(needle: string, characters: number): void {
    compared += characters;
    if (needle.length > longestNeedle || compared > mostCompared) throw new Error('too much is searched for');
  }
  function find(text: string, needle: string, from: bigint): bigint {
    if (from < 0n || from > text.length) throw new Error('the index is outside of the text');
    spend(needle, text.length * needle.length);
    return BigInt(text.indexOf(needle, Number(from)));
  }
  environment
    .registerFunction(
      `string.contains${ending}(string): bool`,
      (text: string, needle: string) => find(text, needle, 0n) !== -1n,
    )
    .registerFunction(`string.indexOf${ending}(string): int`, (text: string, needle: string) => find(text, needle, 0n))
    .registerFunction(`string.indexOf${ending}(string, int): int`, find)
    .registerFunction(`string.startsWith${ending}(string): bool`, (text: string, needle: string) => {
      spend(needle, needle.length);
      return text.startsWith(needle);
    })
    .registerFunction(`string.endsWith${ending}(string): bool`, (text: string, needle: string) => {
      spend(needle, needle.length);
      return text.endsWith(needle);
    });
  return () => {
    compared = 0;
  };
}
