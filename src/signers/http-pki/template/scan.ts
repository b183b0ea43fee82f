import { TokenKind, Tokenizer, type TopLevelToken } from 'liquidjs';
import { nearestKey } from '../../../lib/nearest-key.ts';
import { functions, tagNames } from './engine.ts';
import { soleName } from './names.ts';
import { Refusal } from './refusal.ts';
import { collectionAt } from './shape.ts';

type FilterTokens = ReturnType<Tokenizer['readFilters']>;

/** The pieces of a template in their order: text, placeholders and tags. @throws what Liquid's tokenizer throws */
export function piecesOf(text: string): readonly TopLevelToken[] {
  return new Tokenizer(text).readTopLevelTokens();
}

/**
 * Refuses what Liquid would pass over in silence: something after a placeholder's end (`{{ a, b }}`), a function with too many
 * arguments; and words that a function does not know. @throws {Refusal}
 */
export function checkPieces(pieces: readonly TopLevelToken[]): void {
  for (const piece of pieces) {
    if (piece.kind === TokenKind.Output) checkExpression(piece as OutputPiece);
    if (piece.kind === TokenKind.Tag) checkTag(piece as TopLevelToken & { readonly name: string });
  }
}

type OutputPiece = TopLevelToken & { readonly contentRange: [number, number] };

function checkExpression(piece: OutputPiece): void {
  const [begin, end] = piece.contentRange;
  const unquoted = piece.input.slice(begin, end).replaceAll(/"[^"]*"|'[^']*'/g, '');
  if (/\{\{|\}/.test(unquoted)) throw new Refusal(`${placeOf(piece)}: ${notClosed('{{')}`);
  const tokenizer = new Tokenizer(piece.input, undefined, undefined, [begin, end]);
  const { filters } = tokenizer.readFilteredValue();
  tokenizer.skipBlank();
  if (!tokenizer.end()) {
    throw new Refusal(
      `${placeOf(piece)}: "${tokenizer
        .remaining()
        .slice(0, end - tokenizer.p)
        .slice(0, 32)}" does not belong there`,
    );
  }
  for (const filter of filters) checkFunction(filter, placeOf(piece));
}

/** Refuses a list or a mapping that no function makes a text of: it would fail for each request. @throws {Refusal} */
export function checkTexts(pieces: readonly TopLevelToken[]): void {
  for (const piece of pieces) {
    if (piece.kind !== TokenKind.Output) continue;
    const [begin, end] = (piece as OutputPiece).contentRange;
    const { initial, filters } = new Tokenizer(piece.input, undefined, undefined, [begin, end]).readFilteredValue();
    const segments = soleName(initial) ?? [];
    const kind = collectionAt(segments);
    if (kind === undefined || isTaken(kind, filters)) continue;
    const advice =
      kind === 'list' ? 'end with | json for a list, or with | join: "," for text' : 'name a part of it, or end with | json';
    throw new Refusal(`${placeOf(piece)}: "${segments.join('.')}" is a ${kind}, where a text is needed; ${advice}`);
  }
}

/** These leave a list a list, and these make of it what has a text. */
const passing = ['default', 'slice'];
const taking = { list: ['join', 'first', 'last', 'size', 'json'], mapping: ['json'] };

/** Whether there is a function that makes something else of a list or a mapping, before one that would want a text. */
function isTaken(kind: 'list' | 'mapping', filters: FilterTokens): boolean {
  const next = filters.find(({ name }) => !passing.includes(name));
  return next !== undefined && taking[kind].includes(next.name);
}

function checkFunction({ name, args }: FilterTokens[number], place: string): void {
  const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (known === undefined) throw new Refusal(`${place}: ${noFunction(name)}`);
  if (args.length < known.least || args.length > known.most || args.some((arg) => Array.isArray(arg))) {
    const wanted = known.least === known.most ? String(known.least) : `${known.least} to ${known.most}`;
    throw new Refusal(`${place}: function "${name}" takes ${wanted} argument(s), separated by commas`);
  }
  for (const [position, words] of Object.entries(known.choices ?? {})) {
    const arg = args[Number(position)];
    const literal = arg !== undefined && 'content' in arg ? arg.content : undefined;
    if (literal !== undefined && !words.includes(String(literal))) {
      throw new Refusal(`${place}: argument ${Number(position) + 1} of "${name}" is one of ${words.join(', ')}`);
    }
  }
}

/** What to say of a placeholder or tag that has no end. */
export function notClosed(opening: '{{' | '{%'): string {
  return `"${opening}" is not closed; end it with "${opening === '{{' ? '}}' : '%}'}"`;
}

/** What to say of a function that there is not. */
export function noFunction(name: string): string {
  if (name === 'optional') return 'optional can only end a field of a structure that is one placeholder: "{{ … | optional }}"';
  const meant = nearestKey(name, Object.keys(functions));
  const advice = meant === undefined ? `known are ${Object.keys(functions).join(', ')}` : `did you mean "${meant}"?`;
  return `there is no function "${name}"; ${advice}`;
}

const insideTags = new Set(['else', 'elsif', 'endif', 'endunless', 'endfor', 'endcomment']);

function checkTag(piece: TopLevelToken & { readonly name: string }): void {
  if (tagNames.includes(piece.name) || insideTags.has(piece.name)) return;
  throw new Refusal(`${placeOf(piece)}: there is no tag "${piece.name}"; known are ${tagNames.join(', ')}`);
}

/** `line 1, column 4`, as an editor counts. */
export function placeOf(token: { getPosition(): number[] }): string {
  const [line = 1, column = 1] = token.getPosition();
  return `line ${line}, column ${column}`;
}
