import { err, ok, type Result } from '../../../lib/result.ts';
import type { WrittenBody } from '../schema/request.ts';
import { compileText, hasPlaceholder } from '../template/compile.ts';
import type { Budget } from '../template/engine.ts';
import { compileRecord } from '../template/record.ts';
import { compileStructure } from '../template/structure.ts';
import type { TemplateValues } from '../template/values.ts';
import { compileMultipart } from './multipart.ts';
import { encodePairs } from './url.ts';

/** A body and what it is. */
export interface RenderedBody {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** A body of the configuration, compiled. */
export interface BodyTemplate {
  /** Errors begin with the field. */
  render(values: TemplateValues, budget: Budget): Result<RenderedBody, string>;
}

const largestBody = 1024 * 1024;
const kinds = ['json', 'form', 'multipart', 'xml', 'raw'] as const;

/** Compiles the one body that is given. */
export function compileBody(body: WrittenBody, field: string): Result<BodyTemplate, string> {
  const given = kinds.filter((kind) => body[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length !== 1) return err(`${field}: a body has exactly one of ${kinds.join(', ')}`);
  if (body.rawEncoding === 'base64' && kind !== 'raw') return err(`${field}.rawEncoding: it belongs to raw`);
  const { contentType } = body;
  if (contentType !== undefined && hasPlaceholder(contentType)) {
    return err(`${field}.contentType: it holds a placeholder; write the type out`);
  }
  const compiled = compileKind(kind, body, `${field}.${kind}`, `${field}.contentType`);
  if (!compiled.ok) return compiled;
  return ok({
    render(values, budget) {
      const rendered = compiled.value.render(values, budget);
      if (rendered.ok && rendered.value.bytes.length > largestBody) {
        return err(`${field}.${kind}: it becomes larger than ${largestBody / 1024} KiB`);
      }
      return rendered;
    },
  });
}

function compileKind(
  kind: (typeof kinds)[number],
  body: WrittenBody,
  field: string,
  typeField: string,
): Result<BodyTemplate, string> {
  const { contentType, rawEncoding } = body;
  if (kind === 'json') return jsonBody(body.json, field, contentType ?? 'application/json');
  if (kind === 'form') return formBody(body.form ?? {}, field, contentType ?? 'application/x-www-form-urlencoded');
  if (kind === 'multipart') return multipartBody(body, field, typeField);
  if (kind === 'xml')
    return textBody({ text: body.xml ?? '', target: 'xml', field, contentType: contentType ?? 'application/xml' });
  const isBase64 = rawEncoding === 'base64';
  const usual = isBase64 ? 'application/octet-stream' : 'text/plain';
  return textBody({ text: body.raw ?? '', target: 'raw', field, contentType: contentType ?? usual, isBase64 });
}

function jsonBody(json: unknown, field: string, contentType: string): Result<BodyTemplate, string> {
  const structure = compileStructure(json, field);
  if (!structure.ok) return structure;
  return ok({
    render(values, budget) {
      const rendered = structure.value.render(values, budget);
      return rendered.ok ? ok({ bytes: Buffer.from(JSON.stringify(rendered.value)), contentType }) : rendered;
    },
  });
}

function formBody(form: Readonly<Record<string, string>>, field: string, contentType: string): Result<BodyTemplate, string> {
  const record = compileRecord(form, field);
  if (!record.ok) return record;
  return ok({
    render(values, budget) {
      const rendered = record.value.render(values, budget);
      return rendered.ok ? ok({ bytes: Buffer.from(encodePairs(rendered.value)), contentType }) : rendered;
    },
  });
}

function multipartBody(body: WrittenBody, field: string, typeField: string): Result<BodyTemplate, string> {
  const { multipart = [], contentType = 'multipart/form-data' } = body;
  if (!/^multipart\/[^;]+$/i.test(contentType)) {
    return err(`${typeField}: it must be a multipart type without parameters; the boundary is added`);
  }
  const compiled = compileMultipart(multipart, field);
  if (!compiled.ok) return compiled;
  return ok({
    render(values, budget) {
      const rendered = compiled.value.render(values, budget);
      if (!rendered.ok) return rendered;
      return ok({ bytes: rendered.value.bytes, contentType: `${contentType}; boundary=${rendered.value.boundary}` });
    },
  });
}

interface WrittenText {
  readonly text: string;
  readonly target: 'xml' | 'raw';
  readonly field: string;
  readonly contentType: string;
  readonly isBase64?: boolean;
}

function textBody({ text, target, field, contentType, isBase64 = false }: WrittenText): Result<BodyTemplate, string> {
  const template = compileText(text, target);
  if (!template.ok) return err(`${field}: ${template.error}`);
  return ok({
    render(values, budget) {
      const rendered = template.value.render(values, budget);
      if (!rendered.ok) return err(`${field}: ${rendered.error}`);
      const bytes = isBase64 ? decodeBase64(rendered.value) : Buffer.from(rendered.value);
      return bytes === undefined ? err(`${field}: it is not base64, as rawEncoding says`) : ok({ bytes, contentType });
    },
  });
}

/** Strict, white space apart. */
function decodeBase64(text: string): Buffer | undefined {
  const body = text.replaceAll(/[ \t\r\n]+/g, '');
  const bytes = Buffer.from(body, 'base64');
  return body !== '' && bytes.toString('base64') === body ? bytes : undefined;
}
