import { isScalar, parseDocument, visit, type Document } from 'yaml';
import { messageOf } from '../lib/errors.ts';
import { parseFields, unknownFields } from '../lib/fields.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { SignerBlock } from './issuer.ts';

/** A document is refused unread beyond this size, in characters. */
const largestDocument = 64 * 1024;

/**
 * Reads the document of a ConfigMap that stands for a signer's block. Unlike a spec nobody has pruned it, so a key
 * that is not known is an error.
 * @param where names the document in messages: `ConfigMap "pki-config" in namespace "pki", key "pki-config.json"`.
 */
export function parseConfigDocument(signer: SignerBlock, text: string, where: string): Result<unknown, string> {
  if (text.length > largestDocument) return err(`${where}: is larger than ${largestDocument / 1024} KiB`);
  const document = readText(text);
  if (!document.ok) return err(`${where}: ${document.error}`);
  return parseConfigValue(signer, document.value, where);
}

/** Reads what a ConfigMap says in place of a signer's block, once it is a value: as strictly as a document. */
export function parseConfigValue(signer: SignerBlock, value: unknown, where: string): Result<unknown, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return err(`${where}: must be a mapping with the fields of spec.${signer.block}`);
  }
  const unknown = unknownFields(signer.schema, value, signer.block);
  const parsed = parseFields(signer.schema, value, signer.block);
  const problems = parsed.ok ? unknown : [...unknown, ...parsed.error];
  return parsed.ok && unknown.length === 0 ? ok(parsed.value) : err(`${where}: ${problems.join('; ')}`);
}

/** Reads YAML 1.2, of which JSON is a part, without aliases: they make a small document a large one. */
function readText(text: string): Result<unknown, string> {
  // The parser's own check for keys given twice takes a second for a document of this size.
  const document = parseDocument(text, { uniqueKeys: false, logLevel: 'error' });
  const [problem] = document.errors;
  if (problem !== undefined) return err(`is neither JSON nor YAML: ${firstLine(problem)}`);
  const repeated = repeatedKey(document);
  if (repeated !== undefined) return err(`has the key "${repeated.slice(0, 64)}" twice in one mapping`);
  try {
    return ok(document.toJS({ maxAliasCount: 0 }));
  } catch (error) {
    return err(`cannot be read: ${firstLine(error)}`);
  }
}

/** What the parser says first; the lines after it repeat the document, which may hold a secret. */
function firstLine(error: unknown): string {
  const [line = ''] = messageOf(error).split('\n', 1);
  return line.replace(/:$/, '').slice(0, 200);
}

function repeatedKey(document: Document): string | undefined {
  let repeated: string | undefined;
  visit(document, {
    Map(_key, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value) : '';
        if (seen.has(name)) {
          repeated = name;
          return visit.BREAK;
        }
        seen.add(name);
      }
      return undefined;
    },
  });
  return repeated;
}
