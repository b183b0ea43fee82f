import { err, ok, type Result } from '../../../lib/result.ts';
import { translateGo, type CsrForm } from './go-template.ts';
import { parseJsonText } from './json-text.ts';

/** What `pki-request-template` says, as the `body` of a step. */
export type FlatBody = Readonly<Record<string, unknown>>;

const contentTypes = ['application/json', 'application/x-www-form-urlencoded', 'application/pkcs10'] as const;
const key = 'pki-request-template';

/**
 * Reads a template by its content type first, and then replaces the placeholders in its texts: no value can change its structure.
 * `{{.CSR}}` is PEM in JSON and in forms, as the documentation of this form says, and base64 of DER in application/pkcs10 (RFC 7030)
 * and where the template itself has the lines of PEM around it. The error begins with the key and names the place.
 */
export function readFlatBody(template: string, contentType: string): Result<FlatBody, string> {
  const [media = ''] = contentType.split(';');
  const mediaType = media.trim().toLowerCase();
  const known = contentTypes.find((each) => each === mediaType);
  if (known === undefined) {
    return err(`pki-api-content-type: is "${contentType.slice(0, 64)}"; there are ${contentTypes.join(', ')}`);
  }
  const body = readers[known](template);
  if (!body.ok) return err(`${key}: ${body.error}`);
  if (!body.value.hasCsr) {
    return err(
      `${key}: has no {{.CSR}}, so the CSR would not be sent, and a PKI that is not sent the CSR makes a key of its own; write {{.CSR}} where the CSR belongs`,
    );
  }
  const usual = contentType === known && known !== 'application/pkcs10';
  return ok({ ...body.value.body, ...(usual ? {} : { contentType }) });
}

type Reading = Result<{ readonly body: FlatBody; readonly hasCsr: boolean }, string>;

const readers: Readonly<Record<(typeof contentTypes)[number], (template: string) => Reading>> = {
  'application/json': (template) => {
    const parsed = parseJsonText(template);
    if (!parsed.ok) return err(`is not JSON, at ${parsed.error}`);
    const leaves = createLeaves('pem');
    return leaves.result({ json: leaves.structure(parsed.value, '') });
  },
  'application/x-www-form-urlencoded': (template) => {
    const pairs = decodeForm(template);
    if (!pairs.ok) return pairs;
    const leaves = createLeaves('pem');
    const fields = pairs.value.map(([name, value]) => [leaves.name(name), leaves.text(value, `parameter ${name}`)]);
    return leaves.result({ form: Object.fromEntries(fields) });
  },
  'application/pkcs10': (template) => {
    const leaves = createLeaves('base64');
    return leaves.result({ raw: leaves.text(template.trim(), '') });
  },
};

/** Translates texts one by one, and keeps the first problem there is. */
function createLeaves(csrForm: CsrForm) {
  let problem: string | undefined;
  let hasCsr = false;
  function text(leaf: string, where: string): string {
    const translated = translateGo(leaf, csrForm);
    if (!translated.ok) {
      problem ??= where === '' ? translated.error : `at ${where}: ${translated.error}`;
      return '';
    }
    hasCsr ||= translated.value.hasCsr;
    return translated.value.text;
  }
  function name(of: string): string {
    if (/\{\{|\{%/.test(of)) problem ??= `the name "${of.slice(0, 64)}" holds a placeholder; only values may`;
    return of;
  }
  function structure(value: unknown, where: string): unknown {
    if (typeof value === 'string') return text(value, where);
    if (Array.isArray(value)) return value.map((entry, index) => structure(entry, `${where}[${index}]`));
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(([member, entry]) => [
      name(member),
      structure(entry, where === '' ? member : `${where}.${member}`),
    ]);
    return Object.fromEntries(members) as unknown;
  }
  const result = (body: FlatBody): Reading => (problem === undefined ? ok({ body, hasCsr }) : err(problem));
  return { text, name, structure, result };
}

/** Decodes application/x-www-form-urlencoded; line breaks around the whole, as YAML leaves them, are dropped. */
function decodeForm(template: string): Result<readonly (readonly [string, string])[], string> {
  const pairs: (readonly [string, string])[] = [];
  for (const [index, written] of template.trim().split('&').entries()) {
    const equals = written.indexOf('=');
    const name = decodeFormText(equals === -1 ? written : written.slice(0, equals));
    const value = decodeFormText(equals === -1 ? '' : written.slice(equals + 1));
    const where = `parameter ${index + 1} (${JSON.stringify(written.slice(0, 40))})`;
    if (name === undefined || value === undefined) {
      return err(
        `is no form: in ${where}, % is not followed by two hexadecimal digits that make UTF-8; write %25 for a percent sign`,
      );
    }
    if (name === '') return err(`is no form: ${where} has no name; write name=value with "&" between them`);
    if (/[\r\n]/.test(written)) return err(`is no form: in ${where} there is a line break; write all parameters in one line`);
    if (pairs.some(([other]) => other === name)) return err(`has ${where} twice; this form cannot send a parameter twice`);
    pairs.push([name, value]);
  }
  return ok(pairs);
}

function decodeFormText(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
