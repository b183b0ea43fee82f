import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Node, type YAMLError } from 'yaml';
import { messageOf } from '../../lib/errors.ts';
import { err, ok, type Result } from '../../lib/result.ts';
import { offsetOfProblem } from './locate.ts';

/** One object of a file with manifests: not looked at yet. */
export interface ManifestDocument {
  /** For messages: `issuer.yaml, line 12`. */
  readonly place: string;
  readonly value: unknown;
  /** A problem of the object with its place in front: the file, and the line where the field is that it begins with. */
  at(problem: string): string;
}

/** Nodes that aliases may add: a file that grows beyond is a trap, or a mistake. */
const mostAliases = 100;

/**
 * Reads YAML (or JSON) of any number of documents; a List counts as the objects in it. Empty documents are left out.
 * @param file names the text in messages.
 * @returns the objects in their order, or what is wrong, each with its place.
 */
export function readDocuments(text: string, file: string): Result<readonly ManifestDocument[], readonly string[]> {
  const lines = new LineCounter();
  // A parser that finds nothing gives no list, but something that can be gone through like one.
  const documents = [...parseAllDocuments(text, { lineCounter: lines, logLevel: 'error' })];
  const problems = documents.flatMap(({ errors }) =>
    errors.slice(0, 1).map((error) => `${file}${atLine(error)}: ${whatIs(error)}`),
  );
  if (problems.length > 0) return err(problems);

  const placeOf = (offset: number): string => `${file}, line ${lines.linePos(offset).line}`;
  const found: ManifestDocument[] = [];
  for (const document of documents) {
    for (const node of objectsIn(document)) {
      const place = placeOf(node.range?.[0] ?? 0);
      try {
        const at = (problem: string): string => {
          const offset = offsetOfProblem(problem, node, document);
          return `${offset === undefined ? file : placeOf(offset)}: ${problem}`;
        };
        found.push({ place, value: node.toJS(document, { maxAliasCount: mostAliases }), at });
      } catch (error) {
        problems.push(`${place}: cannot be read: ${firstLine(messageOf(error))}`);
      }
    }
  }
  return problems.length === 0 ? ok(found) : err(problems);
}

function objectsIn(document: Document): readonly Node[] {
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  if (!isMap(contents)) return [contents];
  const kind = contents.get('kind');
  const items = contents.get('items', true);
  if (typeof kind !== 'string' || !kind.endsWith('List') || !isSeq(items)) return [contents];
  return items.items as readonly Node[];
}

function atLine({ linePos }: YAMLError): string {
  return linePos === undefined ? '' : `, line ${linePos[0].line}`;
}

function whatIs(error: YAMLError): string {
  if (error.code === 'DUPLICATE_KEY') return 'the same key is there twice in one mapping; remove one of them';
  return `is not YAML: ${firstLine(error.message)}`;
}

/** What the parser says first; the lines after it repeat the file, which may hold a secret. */
function firstLine(message: string): string {
  const [line = ''] = message.split('\n', 1);
  return line.replace(/ at line \d+, column \d+:?$/, '').slice(0, 200);
}
