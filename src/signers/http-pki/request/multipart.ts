import { createHash } from 'node:crypto';
import { err, ok, type Result } from '../../../lib/result.ts';
import type { WrittenPart } from '../schema/request.ts';
import { hasPlaceholder } from '../template/compile.ts';
import type { Budget } from '../template/engine.ts';
import { compileRecord, type RecordTemplate } from '../template/record.ts';
import type { TemplateValues } from '../template/values.ts';

/** The parts of multipart/form-data (RFC 7578), compiled. */
export interface MultipartTemplate {
  render(values: TemplateValues, budget: Budget): Result<{ readonly bytes: Buffer; readonly boundary: string }, string>;
}

interface CompiledPart {
  readonly head: string;
  readonly content: RecordTemplate;
}

/** Compiles the parts; only their contents may hold placeholders. */
export function compileMultipart(parts: readonly WrittenPart[], field: string): Result<MultipartTemplate, string> {
  const compiled: CompiledPart[] = [];
  for (const [index, part] of parts.entries()) {
    const head = headOf(part);
    if (!head.ok) return err(`${field}[${index}].${head.error}`);
    const content = compileRecord([['value', part.value]], `${field}[${index}]`);
    if (!content.ok) return content;
    compiled.push({ head: head.value, content: content.value });
  }
  return ok({
    render(values, budget) {
      const pieces: string[] = [];
      for (const { head, content } of compiled) {
        const rendered = content.render(values, budget);
        if (!rendered.ok) return rendered;
        for (const [, text] of rendered.value) pieces.push(`${head}\r\n\r\n${text}\r\n`);
      }
      const boundary = boundaryFor(pieces);
      const body = pieces.map((piece) => `--${boundary}\r\n${piece}`).join('');
      return ok({ bytes: Buffer.from(`${body}--${boundary}--\r\n`), boundary });
    },
  });
}

function headOf({ name, filename, contentType }: WrittenPart): Result<string, string> {
  for (const [key, text] of Object.entries({ name, filename, contentType })) {
    if (text !== undefined && hasPlaceholder(text)) return err(`${key}: it holds a placeholder; only value may`);
    if (text !== undefined && /\p{Cc}/u.test(text)) return err(`${key}: it holds a control character, such as a line break`);
  }
  if (contentType !== undefined && !/^[\x20-\x7e]+$/.test(contentType))
    return err('contentType: it must be visible ASCII characters');
  const type = contentType ?? (filename === undefined ? undefined : 'application/octet-stream');
  const file = filename === undefined ? '' : `; filename="${quoted(filename)}"`;
  return ok(
    `Content-Disposition: form-data; name="${quoted(name)}"${file}${type === undefined ? '' : `\r\nContent-Type: ${type}`}`,
  );
}

/** As browsers write names (WHATWG HTML, multipart/form-data encoding algorithm). */
function quoted(name: string): string {
  return name.replaceAll('"', '%22');
}

/** A delimiter that no part holds, the same for the same parts. */
function boundaryFor(pieces: readonly string[]): string {
  for (let round = 0; ; round += 1) {
    const hash = createHash('sha256').update(String(round));
    for (const piece of pieces) hash.update(piece);
    const boundary = `external-issuer-${hash.digest('hex').slice(0, 40)}`;
    if (!pieces.some((piece) => piece.includes(boundary))) return boundary;
  }
}
