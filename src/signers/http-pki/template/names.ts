import { type Template as Part, type Token, TokenKind } from 'liquidjs';
import { isValueName } from './shape.ts';

/** A name that a template uses: `steps`, `submit`, `id`, or `san`, `dns`, 0; undefined for a part that is only known when it is rendered. */
export interface UsedName {
  readonly segments: readonly (string | number | undefined)[];
  readonly token: Token;
}

/** The names in a template. */
export interface Names {
  /** Those of values, in any depth; not those that the template gives itself, unless a value has that name too. */
  readonly used: readonly UsedName[];
  /** Those that the template gives itself, by assign and for. */
  readonly given: ReadonlySet<string>;
}

/** A part of what a tag or a placeholder is made of; which keys there are, its kind decides. */
interface Piece {
  readonly kind?: TokenKind;
  readonly content?: unknown;
  readonly props?: readonly Token[];
}

const inner = ['lhs', 'rhs', 'initial', 'postfix', 'filters', 'args', 'props'] as const;

/**
 * Finds the names of a template. Liquid's own analysis does the same, and computes for each name its line from the beginning of the text,
 * which takes seconds where a text has many.
 */
export function namesOf(parts: readonly Part[]): Names {
  const given = new Set<string>();
  const assigned = new Set<string>();
  const used: UsedName[] = [];

  function visit(part: Part, block: ReadonlySet<string>): void {
    for (const argument of part.arguments?.() ?? []) {
      for (const name of usedIn(argument)) {
        const [root] = name.segments;
        const isOwn = typeof root === 'string' && (assigned.has(root) || block.has(root)) && !isValueName(root);
        if (!isOwn) used.push(name);
      }
    }
    for (const { content } of (part.localScope?.() ?? []) as Iterable<{ readonly content: string }>) assigned.add(content);
    const own = [...(part.blockScope?.() ?? [])];
    const inside = own.length === 0 ? block : new Set([...block, ...own]);
    const children = part.children?.(false, true).next().value as readonly Part[] | undefined;
    for (const child of children ?? []) visit(child, inside);
    for (const name of own) given.add(name);
  }

  for (const part of parts) visit(part, new Set());
  return { used, given: new Set([...given, ...assigned]) };
}

/** The segments of the name that an expression consists of; undefined where it is more than a name, or none. */
export function soleName(expression: { readonly postfix: readonly Token[] }): UsedName['segments'] | undefined {
  const [only] = expression.postfix;
  if (expression.postfix.length !== 1 || only?.kind !== TokenKind.PropertyAccess) return undefined;
  return usedIn(only)[0]?.segments;
}

function usedIn(argument: unknown): readonly UsedName[] {
  const found: UsedName[] = [];
  function visit(value: unknown): void {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      const piece = value as Piece & Readonly<Record<(typeof inner)[number], unknown>>;
      if (piece.kind === TokenKind.PropertyAccess) {
        found.push({ segments: (piece.props ?? []).map(segmentOf), token: value as Token });
      }
      for (const key of inner) visit(piece[key]);
    }
  }
  visit(argument);
  return found;
}

function segmentOf(token: Token): string | number | undefined {
  const { kind, content } = token as Piece;
  if (kind === TokenKind.PropertyAccess) return undefined;
  return typeof content === 'string' || typeof content === 'number' ? content : undefined;
}
