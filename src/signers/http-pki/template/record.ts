import { err, ok, type Result } from '../../../lib/result.ts';
import { hasPlaceholder } from './compile.ts';
import { type Budget, createBudget } from './engine.ts';
import { compileLeaf, type LeafTemplate, type Rendered } from './leaf.ts';
import type { TemplateValues } from './values.ts';

/** A name and its value. */
export type Pair = readonly [name: string, value: string];

/** A mapping whose values are templates: fields of a form, parameters of a query, headers. */
export interface RecordTemplate {
  /** The pairs in the order they are written. */
  render(values: TemplateValues, budget?: Budget): Result<readonly Pair[], string>;
}

/**
 * Compiles a mapping, or pairs. A value that is one placeholder ending in `| json` may be a list, which makes one pair for each of its
 * entries; with `| optional` the pair is left out where there is nothing.
 * @param field the path of the mapping, with which the errors begin.
 */
export function compileRecord(
  written: Readonly<Record<string, string>> | readonly Pair[],
  field: string,
  target: 'leaf' | 'header' = 'leaf',
): Result<RecordTemplate, string> {
  const leaves: { readonly name: string; readonly path: string; readonly leaf: LeafTemplate }[] = [];
  for (const [name, text] of isPairs(written) ? written : Object.entries(written)) {
    const path = `${field}.${name.slice(0, 64)}`;
    if (hasPlaceholder(name)) return err(`${path}: the name holds a placeholder; only values may`);
    const leaf = compileLeaf(text, target);
    if (!leaf.ok) return err(`${path}: ${leaf.error}`);
    leaves.push({ name, path, leaf: leaf.value });
  }
  return ok({
    render(values, budget = createBudget()) {
      const pairs: Pair[] = [];
      for (const { name, path, leaf } of leaves) {
        const rendered = leaf.render(values, budget);
        const texts = rendered.ok ? textsOf(rendered.value, target) : rendered;
        if (!texts.ok) return err(`${path}: ${texts.error}`);
        for (const text of texts.value) pairs.push([name, text]);
      }
      return ok(pairs);
    },
  });
}

function isPairs(written: Readonly<Record<string, string>> | readonly Pair[]): written is readonly Pair[] {
  return Array.isArray(written);
}

function textsOf(rendered: Rendered, target: 'leaf' | 'header'): Result<readonly string[], string> {
  if (rendered.kind === 'absent') return ok([]);
  if (rendered.kind === 'text') return ok([rendered.text]);
  if (target === 'header') return err('a header is a text: take "| json" away');
  const entries: readonly unknown[] = Array.isArray(rendered.value) ? rendered.value : [rendered.value];
  const texts: string[] = [];
  for (const entry of entries) {
    const text = typeof entry === 'number' || typeof entry === 'boolean' ? String(entry) : entry;
    if (typeof text !== 'string' || !text.isWellFormed()) return err('a parameter is a text, a number or a list of them');
    texts.push(text);
  }
  return ok(texts);
}
