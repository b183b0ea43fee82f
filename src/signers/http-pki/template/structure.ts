import { err, ok, type Result } from '../../../lib/result.ts';
import { hasPlaceholder } from './compile.ts';
import type { StructureTemplate } from './contract.ts';
import { type Budget, createBudget } from './engine.ts';
import { compileLeaf } from './leaf.ts';
import { Refusal } from './refusal.ts';
import type { TemplateValues } from './values.ts';

const deepest = 32;
const mostNodes = 2000;

/** A structure that can share what it may cost with others. */
export interface BudgetedStructure extends StructureTemplate {
  render(values: TemplateValues, budget?: Budget): Result<unknown, string>;
}

/** Stands for an entry that is left out. */
const absent = Symbol('absent');

/** One value of the structure; throws a Refusal whose message begins with the path. */
type Node = (values: TemplateValues, budget: Budget) => unknown;

/**
 * Compiles a JSON value whose texts are templates. A text that is one placeholder ending in `| json` becomes what the placeholder stands
 * for; with `| optional` it is left out of its list or mapping where that is nothing. At most 32 levels and 2,000 values.
 * @param field the path of the value, with which the errors begin.
 */
export function compileStructure(value: unknown, field: string): Result<BudgetedStructure, string> {
  let nodes = 0;

  function compile(written: unknown, path: string, depth: number): Node {
    nodes += 1;
    if (nodes > mostNodes) throw new Refusal(`${path}: there are more than ${mostNodes} values`);
    if (depth > deepest) throw new Refusal(`${path}: it is nested deeper than ${deepest} levels`);
    if (typeof written === 'string') return compileText(written, path, depth === 0);
    if (Array.isArray(written)) {
      const entries = written.map((entry: unknown, index) => compile(entry, `${path}[${index}]`, depth + 1));
      return (values, budget) => entries.map((entry) => entry(values, budget)).filter((entry) => entry !== absent);
    }
    if (typeof written === 'object' && written !== null) {
      const entries = Object.entries(written).map(([key, entry]) => {
        if (hasPlaceholder(key)) throw new Refusal(`${path}: key "${key.slice(0, 64)}" holds a placeholder; only values may`);
        return [key, compile(entry, `${path}.${key.slice(0, 64)}`, depth + 1)] as const;
      });
      return (values, budget) =>
        Object.fromEntries(
          entries.map(([key, entry]) => [key, entry(values, budget)] as const).filter(([, entry]) => entry !== absent),
        );
    }
    if (!isScalar(written)) throw new Refusal(`${path}: it is no JSON value`);
    return () => written;
  }

  try {
    const root = compile(value, field, 0);
    return ok({
      render(values, budget = createBudget()) {
        try {
          return ok(root(values, budget));
        } catch (error) {
          if (error instanceof Refusal) return err(error.message);
          throw error;
        }
      },
    });
  } catch (error) {
    if (error instanceof Refusal) return err(error.message);
    throw error;
  }
}

function compileText(text: string, path: string, isRoot: boolean): Node {
  const compiled = compileLeaf(text, 'leaf');
  if (!compiled.ok) throw new Refusal(`${path}: ${compiled.error}`);
  const { optional, render } = compiled.value;
  if (optional && isRoot) throw new Refusal(`${path}: the whole cannot be optional, only a part of a list or mapping`);
  return (values, budget) => {
    const rendered = render(values, budget);
    if (!rendered.ok) throw new Refusal(`${path}: ${rendered.error}`);
    const { value } = rendered;
    if (value.kind === 'absent') return absent;
    return value.kind === 'text' ? value.text : value.value;
  };
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}
