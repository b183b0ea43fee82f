import { TokenKind, type TopLevelToken } from 'liquidjs';
import { err, ok, type Result } from '../../../lib/result.ts';
import { compileText, compileValue, hasPlaceholder } from './compile.ts';
import type { Budget } from './engine.ts';
import { escapeFor } from './escape.ts';
import { renderProblem } from './problems.ts';
import { piecesOf } from './scan.ts';
import type { TemplateValues } from './values.ts';

/** What a field becomes: a text, a value of another type (`| json`), or nothing (`| optional`). */
export type Rendered =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'absent' };

/** A text of a structure or a mapping. */
export interface LeafTemplate {
  /** Whether it may become nothing. */
  readonly optional: boolean;
  render(values: TemplateValues, budget: Budget): Result<Rendered, string>;
}

/** Compiles one text; that it is one placeholder is seen past white space around it. */
export function compileLeaf(text: string, target: 'leaf' | 'header'): Result<LeafTemplate, string> {
  const expression = hasPlaceholder(text) ? onlyPlaceholder(text) : undefined;
  const ending = expression === undefined ? undefined : endingOf(expression);
  if (ending === undefined || !(ending.json || ending.optional)) return compilePlain(text, target);
  const compiled = compileValue(ending.expression, !ending.json);
  if (!compiled.ok) return compiled;
  const { json, optional } = ending;
  return ok({
    optional,
    render(values, budget) {
      const evaluated = compiled.value.evaluate(values, optional, budget);
      if (!evaluated.ok) return evaluated;
      const { value } = evaluated;
      if (optional && isEmpty(value)) return ok({ kind: 'absent' });
      if (json) return ok({ kind: 'value', value: value ?? null });
      try {
        return ok({ kind: 'text', text: escapeFor(target, value, values) });
      } catch (error) {
        return err(renderProblem(error, text.trim()));
      }
    },
  });
}

function compilePlain(text: string, target: 'leaf' | 'header'): Result<LeafTemplate, string> {
  const compiled = compileText(text, target);
  if (!compiled.ok) return compiled;
  return ok({
    optional: false,
    render(values, budget) {
      const rendered = compiled.value.render(values, budget);
      return rendered.ok ? ok({ kind: 'text', text: rendered.value }) : rendered;
    },
  });
}

/** The inside of the placeholder that a text consists of; undefined where there is more, or it does not parse. */
export function onlyPlaceholder(text: string): string | undefined {
  try {
    const pieces = piecesOf(text).filter((piece) => !isBlank(piece));
    const [piece] = pieces;
    if (pieces.length !== 1 || piece?.kind !== TokenKind.Output) return undefined;
    return (piece as TopLevelToken & { readonly content: string }).content;
  } catch {
    return undefined;
  }
}

function isBlank(piece: TopLevelToken): boolean {
  return piece.kind === TokenKind.HTML && piece.getText().trim() === '';
}

/** Takes `| json` and `| optional` from the end, in either order. */
function endingOf(expression: string): { readonly expression: string; readonly json: boolean; readonly optional: boolean } {
  let rest = expression;
  const found = new Set<string>();
  for (;;) {
    const [ending, name = ''] = /\|\s*(json|optional)\s*$/.exec(rest) ?? [];
    if (ending === undefined || found.has(name)) break;
    found.add(name);
    rest = rest.slice(0, -ending.length);
  }
  return { expression: rest, json: found.has('json'), optional: found.has('optional') };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
