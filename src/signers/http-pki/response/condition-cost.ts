import type { ASTNode } from '@marcbachmann/cel-js';

const comparisons = ['==', '!=', '<', '<=', '>', '>=', 'in'];
const arithmetic = ['+', '-', '*', '/', '%', '-_'];
const numbers = ['int', 'uint', 'double', 'size', 'indexOf'];
const answerNames = ['text', 'body', 'headers'];

/** The macros that look at each entry of a list or mapping. */
export const comprehensions: readonly string[] = ['all', 'exists', 'exists_one', 'filter', 'map'];

/** What a condition may do, counted once, from which follows what it costs with an answer. */
export interface ConditionCost {
  /** Operations that may look at all of the answer, or, for the entries of a list, at all of it together. */
  readonly once: number;
  /** Operations that may look at all of the answer for each entry. */
  readonly repeated: number;
  /** Parts of the expression that are evaluated for each entry; one that may be an error counts as five. */
  readonly steps: number;
  /** What has the entries: a list that is written in the condition has so many; undefined where there is no comprehension. */
  readonly entries?: { readonly written: number } | { readonly of: readonly string[] };
}

/** Counts what a condition does; it has one comprehension at most. */
export function costOf(root: ASTNode): ConditionCost {
  const nodes = nodesOf(root);
  const comprehension = nodes.find((node) => comprehensions.includes(nameOf(node) ?? ''));
  if (comprehension?.op !== 'rcall')
    return { once: nodes.filter((node) => isWork(node, answerNames)).length, repeated: 0, steps: 0 };
  const [, range, [entry, ...inner]] = comprehension.args;
  const names = [...answerNames, entry?.op === 'id' ? entry.args : ''];
  const repeatable = inner.flatMap(nodesOf);
  // The entries of a list in the answer are no more than the answer; those of any other may each be all of it.
  const isApart = isPath(range);
  const repeated = repeatable.filter((node) => isWork(node, names) && (!isApart || mentions(node, answerNames)));
  const work = nodes.filter((node) => isWork(node, names));
  return {
    once: work.length - repeated.length,
    repeated: repeated.length,
    steps: repeatable.reduce((sum, node) => sum + (mayFail(node) ? 5 : 1), 0),
    entries:
      range.op === 'list' ? { written: range.args.length } : { of: answerNames.filter((name) => mentions(range, [name])) },
  };
}

/** A node and all below it. */
export function nodesOf(root: ASTNode): readonly ASTNode[] {
  const found: ASTNode[] = [];
  function visit(value: unknown): void {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null && 'op' in value) {
      found.push(value as ASTNode);
      visit((value as ASTNode).args);
    }
  }
  visit(root);
  return found;
}

/** The function or macro that a node calls. */
export function nameOf(node: ASTNode): string | undefined {
  return node.op === 'call' || node.op === 'rcall' ? node.args[0] : undefined;
}

/** Whether a node is an addition of anything but numbers: texts and lists would grow by it. */
export function growsText(node: ASTNode): boolean {
  return node.op === '+' && !node.args.every(isNumber);
}

function isNumber(node: ASTNode): boolean {
  if (node.op === 'value') return typeof node.args === 'bigint' || typeof node.args === 'number';
  if (node.op === '+') return node.args.every(isNumber);
  return (node.op === 'id' && node.args === 'status') || arithmetic.includes(node.op) || numbers.includes(nameOf(node) ?? '');
}

function isWork(node: ASTNode, names: readonly string[]): boolean {
  const name = nameOf(node);
  const isCall = name !== undefined && name !== 'has' && !comprehensions.includes(name);
  return (isCall || comparisons.includes(node.op)) && mentions(node, names);
}

function mayFail(node: ASTNode): boolean {
  return node.op === '.' || node.op === '[]' || nameOf(node) !== undefined;
}

function mentions(node: ASTNode, names: readonly string[]): boolean {
  return nodesOf(node).some(({ op, args }) => op === 'id' && names.includes(args));
}

/** `body.errors`, `body.data[0].list`, `headers`. */
function isPath(node: ASTNode): boolean {
  if (node.op === 'id') return true;
  if (node.op === '.') return isPath(node.args[0]);
  return node.op === '[]' && isPath(node.args[0]) && node.args[1].op === 'value';
}
