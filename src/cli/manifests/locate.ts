import { isAlias, isMap, isScalar, isSeq, type Document, type Node } from 'yaml';

/** A step of a path: a key, or an index. */
type Step = string | number;

/** The field that a problem begins with, perhaps after a code: `ConfigError: spec.pki.steps[0].url: …`. */
const field = /^(?:[A-Z][A-Za-z]*: )?([\w$-]+(?:\.[\w$-]+|\[\d+\])*)(?=[: ])/;

/**
 * Where in the text an object's problem is: the offset of the field that it begins with, from the object's root or from
 * its spec on, or of the key in it that is not known. A field that is missing is where the mapping is that should have it.
 * @returns undefined where the problem names no field of the object.
 */
export function offsetOfProblem(problem: string, root: Node, document: Document): number | undefined {
  const unknown = /(?:^|: )unknown key "([^"]+)"/.exec(problem)?.[1];
  const named = problem.startsWith('unknown key "') ? '' : field.exec(problem)?.[1];
  if (named === undefined) return undefined;
  const path = [...stepsOf(named), ...(unknown === undefined ? [] : [unknown])];
  const found = offsetOf(path, root, document) ?? offsetOf(['spec', ...path], root, document);
  if (found !== undefined || !problem.includes(`${named}: required, but missing`)) return found;
  for (let length = path.length - 1; length > 0; length--) {
    const parent = offsetOf(path.slice(0, length), root, document);
    if (parent !== undefined) return parent;
  }
  return root.range?.[0];
}

function stepsOf(path: string): readonly Step[] {
  const parts = path.matchAll(/([\w$-]+)|\[(\d+)\]/g);
  return [...parts].map(([, key, index]) => (index === undefined ? (key ?? '') : Number(index)));
}

/** Of the key that the path ends with, or of the entry of a list. */
function offsetOf(path: readonly Step[], root: Node, document: Document): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = rangeOf(node);
    } else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      offset = rangeOf(pair?.key);
      node = pair?.value;
    } else return undefined;
    if (offset === undefined) return undefined;
  }
  return offset;
}

function rangeOf(node: unknown): number | undefined {
  return (node as Node | undefined)?.range?.[0];
}
