import { err, ok, type Result } from '../lib/result.ts';
import { splitUnescaped, unescapeValue } from './dn-text.ts';
import { encodeRdns, type NewAttribute } from './encode-name.ts';
import { attributeOid } from './name.ts';

/** What an attribute of a subject may hold: the upper bounds of X.520 and RFC 5280 appendix A, and how it is encoded. */
interface AttributeRule {
  readonly type: string;
  readonly maxLength: number;
  /** Absent: UTF8String. */
  readonly form?: 'printableString' | 'ia5String';
  readonly pattern?: RegExp;
  readonly advice?: string;
}

const ascii = { form: 'ia5String', pattern: /^[\x20-\x7e]+$/, advice: 'write it in ASCII' } as const;

const rules: readonly AttributeRule[] = [
  { type: 'CN', maxLength: 64 },
  { type: 'O', maxLength: 64 },
  { type: 'OU', maxLength: 64 },
  {
    type: 'C',
    maxLength: 2,
    form: 'printableString',
    pattern: /^[A-Z]{2}$/,
    advice: 'write the two capital letters of ISO 3166, such as DE',
  },
  { type: 'ST', maxLength: 128 },
  { type: 'L', maxLength: 128 },
  { type: 'STREET', maxLength: 128 },
  { type: 'DC', maxLength: 63, ...ascii },
  { type: 'UID', maxLength: 256 },
  { type: 'emailAddress', maxLength: 128, ...ascii },
  {
    type: 'serialNumber',
    maxLength: 64,
    form: 'printableString',
    pattern: /^[A-Za-z0-9 '()+,\-./:=?]+$/,
    advice: "write it with letters, digits, spaces and '()+,-./:=? alone",
  },
];

const knownTypes = rules.map(({ type }) => type).join(', ');
const maxChars = 512;
const controlCharacter = /\p{Cc}/u;

/**
 * Encodes a subject that a person wrote, to the DER of a Name. As RFC 4514 has it, most specific first, spaces around the separators
 * allowed (`CN=Root, O=Example\, Inc., C=DE`), or as OpenSSL's `-subj`, in the order of the encoding (`/C=DE/O=Example/CN=Root`).
 * At most 512 characters. The error is a clause that says what is wrong and what to write.
 */
export function parseSubject(text: string): Result<Uint8Array, string> {
  if (text.length > maxChars) return err(`it has ${text.length} characters; write at most ${maxChars}`);
  if (text.trim() === '') return err('it is empty; write a name such as CN=Example Root CA,O=Example,C=DE');
  if (!text.isWellFormed()) return err('it is not valid Unicode text; write it as UTF-8');
  const isSlashForm = text.trimStart().startsWith('/');
  const rdns: (readonly NewAttribute[])[] = [];
  const texts = isSlashForm ? splitUnescaped(text.trimStart().slice(1), '/') : splitUnescaped(text, ',');
  for (const rdnText of texts) {
    const rdn = readRdn(rdnText, isSlashForm);
    if (!rdn.ok) return rdn;
    rdns.push(rdn.value);
  }
  return ok(encodeRdns(isSlashForm ? rdns : rdns.toReversed()));
}

function readRdn(text: string, isSlashForm: boolean): Result<readonly NewAttribute[], string> {
  const attributes: NewAttribute[] = [];
  for (const part of splitUnescaped(text, '+')) {
    const attribute = readAttribute(part, isSlashForm);
    if (!attribute.ok) return attribute;
    const { oid } = attribute.value;
    if (attributes.some((other) => other.oid === oid)) {
      return err(`${quote(text)} joins two attributes of one type by "+"; write "\\+" where it belongs to a value`);
    }
    attributes.push(attribute.value);
  }
  return ok(attributes);
}

function readAttribute(text: string, isSlashForm: boolean): Result<NewAttribute, string> {
  const at = text.indexOf('=');
  const separator = isSlashForm ? '/' : ',';
  if (at === -1) {
    const what =
      text.trim() === '' ? 'there is nothing between two separators, or after the last' : `${quote(text)} has no "="`;
    return err(`${what}; write TYPE=value, and a "${separator}" or "+" that belongs to a value with a backslash before it`);
  }
  const name = text.slice(0, at).trim();
  const rule = rules.find(({ type }) => type.toLowerCase() === name.toLowerCase());
  const oid = rule && attributeOid(rule.type);
  if (rule === undefined || oid === undefined) return err(`attribute ${quote(name)} is not known; write one of ${knownTypes}`);
  const value = unescapeValue(text.slice(at + 1), isSlashForm);
  if (!value.ok) return err(`the value of ${rule.type} ${value.error}`);
  const unfit = whyUnfit(value.value, rule);
  if (unfit !== undefined) return err(`the value of ${rule.type} ${unfit}`);
  return ok({ oid, value: value.value, ...(rule.form === undefined ? {} : { form: rule.form }) });
}

function whyUnfit(value: string, { type, maxLength, pattern, advice }: AttributeRule): string | undefined {
  if (value === '') return `is empty; write one, or leave ${type} out`;
  if (controlCharacter.test(value)) return 'holds a control character; remove it';
  if (pattern?.test(value) === false) return `is ${quote(value)}; ${advice}`;
  const { length } = Array.from(value);
  return length > maxLength ? `has ${length} characters; write at most ${maxLength}` : undefined;
}

/** Of what a person wrote as much as a message needs, with nothing in it that moves the cursor. */
function quote(text: string): string {
  const trimmed = text.trim().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
  return `"${trimmed.length > 40 ? `${trimmed.slice(0, 40)}…` : trimmed}"`;
}
