import { momentText } from '../../../lib/moment.ts';
import type { SubjectAltNames } from '../../../x509/san.ts';
import type { IssuerIdentity, SignRequest } from '../../signer.ts';
import { subjectValues } from './subject-values.ts';
import type { TemplateValues } from './values.ts';

/** What the values of every attempt are made from. */
export interface PlainInput {
  readonly issuer: IssuerIdentity;
  /** The keys of the Secret with the credential, trimmed. */
  readonly secret: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly uuid: string;
}

/** What the values of an attempt to sign are made from. */
export interface ValuesInput extends PlainInput {
  readonly request: SignRequest;
  readonly allowedAnnotations: readonly string[];
  readonly allowedLabels: readonly string[];
}

/** The values that become known in the course of an attempt, or differ. */
export type LaterValues = Partial<Pick<TemplateValues, 'auth' | 'steps' | 'id' | 'serial' | 'secret'>>;

const revisionAnnotation = 'cert-manager.io/certificate-revision';

/** The values of one attempt to sign. */
export function createValues(input: ValuesInput): TemplateValues {
  const { request, now } = input;
  const { csr, origin } = request;
  const annotations = origin.annotations;
  return {
    ...plainValues(input),
    csr: csrValues(csr.der, csr.pem),
    subject: subjectValues(csr.subject),
    san: sanValues(csr.sans),
    duration: durationValues(request.durationSeconds, now),
    usages: request.usages,
    isCA: request.isCA,
    request: {
      name: origin.name,
      namespace: origin.namespace ?? '',
      uid: origin.uid,
      revision: revisionOf(Object.hasOwn(annotations, revisionAnnotation) ? annotations[revisionAnnotation] : undefined),
      idempotencyKey: request.idempotencyKey,
      annotations: pick(annotations, input.allowedAnnotations),
      labels: pick(origin.labels, input.allowedLabels),
    },
  };
}

/** The values where nothing is signed (a check, a revocation): all that a request would give is empty. */
export function plainValues({ issuer, secret, now, uuid }: PlainInput): TemplateValues {
  return {
    csr: { pem: '', base64: '', derBase64: '', base64url: '', hex: '', pemBase64: '' },
    subject: subjectValues({ der: new Uint8Array(), rdns: [] }),
    san: { dns: [], ip: [], uri: [], email: [], otherName: [], all: [], typed: [] },
    duration: { seconds: 0, minutes: 0, hours: 0, days: 0, go: '0h0m0s', iso8601: 'PT0S', notAfter: rfc3339(now) },
    usages: [],
    isCA: false,
    request: { name: '', namespace: '', uid: '', revision: 1, idempotencyKey: '', annotations: {}, labels: {} },
    issuer: { kind: issuer.kind, name: issuer.name, namespace: issuer.namespace ?? '' },
    now: { rfc3339: rfc3339(now), unix: Math.floor(now / 1000), unixMs: Math.floor(now) },
    uuid,
    secret,
    auth: {},
    steps: {},
    id: '',
    serial: { hex: '', decimal: '' },
  };
}

/** The same values with others in place; nothing that is computed on demand is computed by this. */
export function withValues(values: TemplateValues, later: LaterValues): TemplateValues {
  return { ...values, ...later };
}

/** The CSR in each encoding, made when it is first asked for; templates see getters as the own properties that they are. */
function csrValues(der: Uint8Array, pem: string): TemplateValues['csr'] {
  const bytes = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  const base64 = once(() => bytes.toString('base64'));
  const base64url = once(() => bytes.toString('base64url'));
  const hex = once(() => bytes.toString('hex'));
  const pemBase64 = once(() => Buffer.from(pem).toString('base64'));
  return {
    pem,
    get base64() {
      return base64();
    },
    get derBase64() {
      return base64();
    },
    get base64url() {
      return base64url();
    },
    get hex() {
      return hex();
    },
    get pemBase64() {
      return pemBase64();
    },
  };
}

function once(make: () => string): () => string {
  let made: string | undefined;
  return () => (made ??= make());
}

function sanValues({ dns, ip, uri, email, otherName }: SubjectAltNames): TemplateValues['san'] {
  return {
    dns,
    ip,
    uri,
    email,
    otherName: otherName.map(({ oid, value }) => `${oid}:${Buffer.from(value).toString('hex')}`),
    all: [...dns, ...ip, ...uri, ...email],
    typed: [
      ...dns.map((name) => `DNS:${name}`),
      ...ip.map((address) => `IP:${address}`),
      ...uri.map((each) => `URI:${each}`),
      ...email.map((address) => `email:${address}`),
    ],
  };
}

function durationValues(wanted: number, now: number): TemplateValues['duration'] {
  const seconds = Math.ceil(wanted);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return {
    seconds,
    minutes: Math.ceil(seconds / 60),
    hours: Math.ceil(seconds / 3600),
    days: Math.ceil(seconds / 86_400),
    go: `${hours}h${minutes}m${seconds % 60}s`,
    iso8601: `PT${seconds}S`,
    notAfter: rfc3339(now + seconds * 1000),
  };
}

/** The last second that RFC 3339 can write. */
const lastTime = Date.UTC(9999, 11, 31, 23, 59, 59);

function rfc3339(ms: number): string {
  return momentText(Math.min(ms, lastTime));
}

function revisionOf(annotation: string | undefined): number {
  return annotation !== undefined && /^[1-9][0-9]{0,8}$/.test(annotation) ? Number(annotation) : 1;
}

function pick(all: Readonly<Record<string, string>>, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name] ?? '']));
}
