import { Context, type Liquid, Output, type Template as Part, toValueSync } from 'liquidjs';
import { err, ok, type Result } from '../../../lib/result.ts';
import type { CompileTemplate, Template } from './contract.ts';
import { type Budget, createBudget, engines } from './engine.ts';
import type { EscapeTarget } from './escape.ts';
import { namesOf } from './names.ts';
import { compileProblem, renderProblem } from './problems.ts';
import { Refusal } from './refusal.ts';
import { checkPieces, checkTexts, piecesOf, placeOf } from './scan.ts';
import { isValueName, unknownName } from './shape.ts';
import type { TemplateValues } from './values.ts';
import { checkXmlPlaces } from './xml-places.ts';

/** A CSR of 64 KiB in hexadecimal is 128 KiB. */
const longestResult = 256 * 1024;

/** A template that can share what it may cost with others. */
export interface BudgetedTemplate extends Template {
  render(values: TemplateValues, budget?: Budget): Result<string, string>;
}

/** A placeholder whose value is wanted as it is, not as text. */
export interface ValueTemplate {
  /** @param lenient whether a name without a value is no error. The value may be undefined. */
  evaluate(values: TemplateValues, lenient: boolean, budget?: Budget): Result<unknown, string>;
}

/** Whether a text has placeholders or tags, and so is a template. */
export function hasPlaceholder(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}

export const compileTemplate: CompileTemplate = (text, target) => compileText(text, target);

/** As {@link compileTemplate}, for all targets there are. */
export function compileText(text: string, target: EscapeTarget): Result<BudgetedTemplate, string> {
  if (!hasPlaceholder(text)) {
    if (target === 'xml') return checkedConstant(text);
    const rendered = ok(text);
    return ok({ text, render: () => rendered });
  }
  const engine = engines[target];
  const parts = parse(engine, text, target);
  if (!parts.ok) return parts;
  return ok({
    text,
    render(values, budget = createBudget()) {
      try {
        const context = new Context(values, engine.options, { sync: true }, { ...limitsOf(budget), liquid: engine });
        const rendered = String(toValueSync(engine.renderer.renderTemplates(parts.value, context)));
        if (rendered.length > longestResult) return err(`it becomes longer than ${longestResult / 1024} KiB`);
        return ok(rendered);
      } catch (error) {
        return err(renderProblem(error));
      }
    },
  });
}

/**
 * Compiles the inside of one placeholder: `csr.pem | base64`.
 * @param textWanted false where the value may be a list or a mapping.
 */
export function compileValue(expression: string, textWanted = true): Result<ValueTemplate, string> {
  const engine = engines.value;
  const text = `{{${expression}}}`;
  const parts = parse(engine, text, undefined, textWanted);
  if (!parts.ok) return parts;
  const [output] = parts.value;
  if (!(output instanceof Output) || parts.value.length !== 1) return err('it is not one placeholder');
  return ok({
    evaluate(values, lenient, budget = createBudget()) {
      try {
        const context = new Context(values, engine.options, { sync: true }, { ...limitsOf(budget), liquid: engine });
        if (lenient && output.value.filters[0]?.name !== 'default') {
          // Where there is no value, no function is asked what to make of it.
          const initial: unknown = toValueSync(output.value.initial.evaluate(context, true));
          if (initial === undefined || initial === null) return ok(undefined);
        }
        return ok(toValueSync(output.value.value(context, lenient)));
      } catch (error) {
        return err(renderProblem(error, `{{ ${expression.trim()} }}`));
      }
    },
  });
}

function limitsOf({ memoryLimit, renderLimit }: Budget): Budget {
  return { memoryLimit, renderLimit };
}

function parse(engine: Liquid, text: string, target: EscapeTarget | undefined, textWanted = true): Result<Part[], string> {
  try {
    const pieces = piecesOf(text);
    checkPieces(pieces);
    if (target === 'xml') checkXmlPlaces(pieces);
    const parts = engine.parse(text);
    checkNames(parts);
    if (textWanted) checkTexts(pieces);
    return ok(parts);
  } catch (error) {
    return err(compileProblem(error));
  }
}

function checkedConstant(text: string): Result<BudgetedTemplate, string> {
  const rendered = ok(text);
  try {
    checkXmlPlaces(piecesOf(text));
  } catch (error) {
    return err(compileProblem(error));
  }
  return ok({ text, render: () => rendered });
}

/** All names but those that the template gives itself must be names of values. @throws {Refusal} */
function checkNames(parts: Part[]): void {
  const { used, given } = namesOf(parts);
  const taken = [...given].find(isValueName);
  if (taken !== undefined) throw new Refusal(`"${taken}" is the name of a value; give what assign or for make another name`);
  for (const { segments, token } of used) {
    const problem = unknownName(segments);
    if (problem !== undefined) throw new Refusal(`${placeOf(token)}: ${problem}`);
  }
}
