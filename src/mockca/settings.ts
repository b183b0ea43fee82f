import { parseDuration } from '../lib/duration.ts';
import { CodedError } from '../lib/errors.ts';
import { parseListenAddress, type ListenAddress } from '../lib/listen-address.ts';
import { type LogFormat, logLevels } from '../lib/log.ts';
import type { RawOption } from '../lib/raw-option.ts';
import type { Result } from '../lib/result.ts';
import type { AuthorityParameters } from '../signers/mock-ca/authority.ts';
import { answerFaults, type FaultSettings } from './faults.ts';
import { parseKeyChoice } from './key-choice.ts';

/** All that can be set of the server. */
export interface MockCaSettings {
  readonly listen: ListenAddress;
  readonly logLevel: (typeof logLevels)[number];
  readonly logFormat: LogFormat;
  readonly newCA: AuthorityParameters;
  readonly caDir?: string;
  readonly certValidityMs: number;
  readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly clientCaFile?: string };
  readonly tokenFile?: string;
  readonly journalFile?: string;
  readonly faults: FaultSettings;
  /** Options that say how a new CA is made and were given: they change nothing where the CA is there already. */
  readonly newCAOptions: readonly string[];
}

const longestYears = 50;
const dayMs = 86_400_000;

/**
 * Reads the options by their names without dashes.
 * @throws {CodedError} `Usage`: the message begins with the option, or the variable, it is about.
 */
export function readSettings(option: (name: string) => RawOption): MockCaSettings {
  const text = (name: string): string | undefined => option(name).value || undefined;
  const tls = readTls(option('tls-cert-file'), option('tls-key-file'), option('tls-client-ca-file'));
  const newCAOptions = ['ca-cn', 'ca-org', 'ca-validity', 'key-algorithm', 'key-size'].map(option);
  const [caDir, tokenFile, journalFile, organization] = [text('ca-dir'), text('token-file'), text('journal'), text('ca-org')];
  const [algorithm, size] = [option('key-algorithm'), option('key-size')];
  return {
    listen: readAddress(option('addr')),
    logLevel: oneOf(option('log-level'), logLevels),
    logFormat: oneOf(option('log-format'), ['text', 'json']),
    newCA: {
      commonName: nameOf(option('ca-cn')),
      ...(organization === undefined ? {} : { organization: nameOf(option('ca-org')) }),
      validitySeconds: Math.floor(durationOf(option('ca-validity'), dayMs / 24, longestYears * 365 * dayMs) / 1000),
      key: accept(parseKeyChoice(algorithm.value, size.value, { algorithm: algorithm.from, size: size.from })),
      // Upstream's: one CA may follow, which `sign --is-ca` with the same folder makes use of.
      pathLength: 1,
    },
    certValidityMs: durationOf(option('cert-validity'), 60_000, longestYears * 365 * dayMs),
    faults: {
      latencyMs: durationOf(option('fault-latency'), 0, 600_000),
      errorRate: numberOf(option('fault-error-rate'), 0, 1),
      pendingPolls: numberOf(option('fault-pending'), 0, 1_000_000, true),
      errorStatus: numberOf(option('fault-error-status'), 400, 599, true),
      retryAfterSeconds: Math.ceil(durationOf(option('fault-retry-after'), 0, dayMs) / 1000),
      ...(text('fault-answer') === undefined ? {} : { answer: oneOf(option('fault-answer'), answerFaults) }),
    },
    newCAOptions: newCAOptions.filter(({ given }) => given).map(({ from }) => from),
    ...(caDir === undefined ? {} : { caDir }),
    ...(tls === undefined ? {} : { tls }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(journalFile === undefined ? {} : { journalFile }),
  };
}

function readAddress(option: RawOption): ListenAddress {
  const listen = accept(parseListenAddress(option.value), option);
  if (listen === undefined) throw usage(option, 'the server must listen somewhere; write :8080, or :0 for any free port');
  return listen;
}

function readTls(cert: RawOption, key: RawOption, clientCA: RawOption): MockCaSettings['tls'] {
  if (cert.value === '' && key.value === '') {
    if (clientCA.value === '') return undefined;
    throw usage(clientCA, 'client certificates need HTTPS; give --tls-cert-file and --tls-key-file too');
  }
  if (cert.value === '') throw usage(key, 'the certificate is missing; give --tls-cert-file too');
  if (key.value === '') throw usage(cert, 'the private key is missing; give --tls-key-file too');
  return { certFile: cert.value, keyFile: key.value, ...(clientCA.value === '' ? {} : { clientCaFile: clientCA.value }) };
}

function nameOf(option: RawOption): string {
  // RFC 5280 appendix A: ub-common-name, ub-organization-name.
  if (/^[^\p{Cc}]{1,64}$/u.test(option.value)) return option.value;
  throw usage(option, 'must have 1 to 64 characters, and no control characters');
}

function durationOf(option: RawOption, least: number, most: number): number {
  const ms = /^0$/.test(option.value) ? 0 : accept(parseDuration(option.value), option);
  if (ms >= least && ms <= most) return ms;
  throw usage(
    option,
    `"${option.value}" is ${ms < least ? `too short; at least ${least / 1000}s` : `too long; at most ${most / 1000}s`}`,
  );
}

function numberOf(option: RawOption, least: number, most: number, whole = false): number {
  const value = /^\d{1,9}(\.\d{1,9})?$/.test(option.value) ? Number(option.value) : Number.NaN;
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  throw usage(option, `"${option.value.slice(0, 40)}" is not a ${whole ? 'whole ' : ''}number from ${least} to ${most}`);
}

function oneOf<T extends string>(option: RawOption, values: readonly T[]): T {
  const value = values.find((candidate) => candidate === option.value.toLowerCase());
  if (value === undefined) throw usage(option, `"${option.value.slice(0, 40)}" is none of ${values.join(', ')}`);
  return value;
}

function accept<T>(result: Result<T, string>, option?: RawOption): T {
  if (result.ok) return result.value;
  throw new CodedError('Usage', option === undefined ? result.error : `${option.from}: ${result.error}`);
}

function usage(option: RawOption, message: string): CodedError<'Usage'> {
  return new CodedError('Usage', `${option.from}: ${message}`);
}
