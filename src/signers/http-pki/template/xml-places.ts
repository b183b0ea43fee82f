import { TokenKind, type TopLevelToken } from 'liquidjs';
import { Refusal } from './refusal.ts';
import { placeOf } from './scan.ts';

/** Where in XML something stands. */
type Place = 'text' | 'tag' | '"' | "'" | 'a comment' | 'CDATA' | 'a declaration';

/** How what begins with "<" goes on, the longest first, and what ends it. */
const openings: readonly (readonly [string, Place])[] = [
  ['<!--', 'a comment'],
  ['<![CDATA[', 'CDATA'],
  ['<?', 'a declaration'],
  ['<!', 'a declaration'],
  ['<', 'tag'],
];
const ends: Readonly<Partial<Record<Place, readonly string[]>>> = {
  'a comment': ['-->'],
  CDATA: [']]>'],
  'a declaration': ['>'],
  '"': ['"'],
  "'": ["'"],
};

/**
 * Refuses placeholders where escaping is of no use: in the names of elements and attributes, outside of quotes, in comments and CDATA.
 * In text and in quoted attributes no value can change the XML's shape. @throws {Refusal}
 */
export function checkXmlPlaces(pieces: readonly TopLevelToken[]): void {
  let place: Place = 'text';
  for (const piece of pieces) {
    if (piece.kind === TokenKind.HTML) place = placeAfter(place, piece.getText());
    else if (piece.kind === TokenKind.Output && place !== 'text' && place !== '"' && place !== "'") {
      const where = place === 'tag' ? 'the name of an element or attribute, or a value without quotes' : place;
      throw new Refusal(`${placeOf(piece)}: a placeholder can stand in text and in quoted attributes, not in ${where}`);
    }
  }
  if (place !== 'text') throw new Refusal('the XML ends within a tag, a comment or CDATA');
}

function placeAfter(before: Place, text: string): Place {
  let place = before;
  for (let at = 0; at < text.length;) {
    const [next, length] = step(place, text, at);
    place = next;
    at += length;
  }
  return place;
}

/** What the characters at `at` lead to, and how many they are. */
function step(place: Place, text: string, at: number): readonly [Place, number] {
  if (place === 'text') {
    const opening = openings.find(([begin]) => text.startsWith(begin, at));
    return opening === undefined ? ['text', 1] : [opening[1], opening[0].length];
  }
  if (place === 'tag') {
    const character = text.charAt(at);
    if (character === '>') return ['text', 1];
    return [character === '"' || character === "'" ? character : 'tag', 1];
  }
  const end = ends[place]?.find((each) => text.startsWith(each, at));
  if (end === undefined) return [place, 1];
  return [place === '"' || place === "'" ? 'tag' : 'text', end.length];
}
