import { nearestKey } from '../../../lib/nearest-key.ts';
import type { TemplateValues } from './values.ts';

/** What parts a value has: none, those of a list, any, or the ones named. */
type Shape<T> = T extends string | number | boolean
  ? 'value'
  : T extends readonly unknown[]
    ? 'list'
    : string extends keyof T
      ? 'map'
      : { readonly [Name in keyof T]: Shape<T[Name]> };

type AnyShape = 'value' | 'list' | 'map' | { readonly [name: string]: AnyShape };

/** The names there are, kept in step with TemplateValues by its type. */
const shape: Shape<TemplateValues> = {
  csr: { pem: 'value', base64: 'value', derBase64: 'value', base64url: 'value', hex: 'value', pemBase64: 'value' },
  subject: {
    rfc4514: 'value',
    slash: 'value',
    commonName: 'value',
    serialNumber: 'value',
    organizations: 'list',
    organizationalUnits: 'list',
    countries: 'list',
    provinces: 'list',
    localities: 'list',
    streetAddresses: 'list',
    postalCodes: 'list',
  },
  san: { dns: 'list', ip: 'list', uri: 'list', email: 'list', otherName: 'list', all: 'list', typed: 'list' },
  duration: {
    seconds: 'value',
    minutes: 'value',
    hours: 'value',
    days: 'value',
    go: 'value',
    iso8601: 'value',
    notAfter: 'value',
  },
  usages: 'list',
  isCA: 'value',
  request: {
    name: 'value',
    namespace: 'value',
    uid: 'value',
    revision: 'value',
    idempotencyKey: 'value',
    annotations: 'map',
    labels: 'map',
  },
  issuer: { kind: 'value', name: 'value', namespace: 'value' },
  now: { rfc3339: 'value', unix: 'value', unixMs: 'value' },
  uuid: 'value',
  secret: 'map',
  auth: 'map',
  steps: 'map',
  id: 'value',
  serial: { hex: 'value', decimal: 'value' },
};

/** Whether values have that name, which so no template may give to something else: the two could not be told apart. */
export function isValueName(name: string): boolean {
  return Object.hasOwn(shape, name);
}

/** What has no text of its own, where a name stands for such; undefined for all else, and where that is known only later. */
export function collectionAt(segments: readonly (string | number | undefined)[]): 'list' | 'mapping' | undefined {
  let at: AnyShape | undefined = shape;
  for (const segment of segments) {
    if (typeof at !== 'object' || typeof segment !== 'string' || !Object.hasOwn(at, segment)) return undefined;
    at = at[segment];
  }
  if (at === 'list') return 'list';
  return at === 'map' ? 'mapping' : undefined;
}

/** What is wrong with a name, as a clause with the nearest one that exists; undefined where there is such a name. */
export function unknownName(segments: readonly (string | number | undefined)[]): string | undefined {
  let at: AnyShape = shape;
  let path = '';
  for (const segment of segments) {
    if (at === 'map') return undefined;
    if (at === 'list') {
      const known = typeof segment !== 'string' || ['first', 'last', 'size'].includes(segment);
      return known ? undefined : `"${path}" is a list and has no "${segment}"; use first, last, size, [0] or a loop`;
    }
    if (at === 'value') return segment === 'size' ? undefined : `"${path}" has no parts`;
    if (segment === undefined) {
      return path === ''
        ? 'a name must be written out, not stand in [ ]'
        : `what is in [ ] after "${path}" must be a name in quotes`;
    }
    const next: AnyShape | undefined = Object.hasOwn(at, segment) ? at[segment] : undefined;
    if (next === undefined) return thereIsNo(path, String(segment), at);
    at = next;
    path = path === '' ? String(segment) : `${path}.${segment}`;
  }
  return typeof at === 'object' && path !== '' ? `"${path}" has parts: name one of ${Object.keys(at).join(', ')}` : undefined;
}

function thereIsNo(path: string, name: string, at: Readonly<Record<string, AnyShape>>): string {
  const prefix = path === '' ? '' : `${path}.`;
  const here = nearestKey(name, Object.keys(at));
  const meant = here === undefined ? nearestAnywhere(name) : `${prefix}${here}`;
  const advice = meant === undefined ? `known are ${Object.keys(at).join(', ')}` : `did you mean "${meant}"?`;
  return `there is no "${prefix}${name.slice(0, 64)}"; ${advice}`;
}

/** `commonName` is `subject.commonName`. */
function nearestAnywhere(name: string): string | undefined {
  for (const [group, parts] of Object.entries(shape)) {
    const inner = typeof parts === 'object' ? nearestKey(name, Object.keys(parts)) : undefined;
    if (inner !== undefined) return `${group}.${inner}`;
  }
  return undefined;
}
