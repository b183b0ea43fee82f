import { isIP } from 'node:net';
import { printable } from '../../lib/printable.ts';
import { parseSubject } from '../../x509/distinguished-name.ts';
import { sanExtensionOf, type WantedSans } from '../../x509/leaf-csr.ts';
import { type ClusterFlags } from '../cluster.ts';
import { usageError } from '../deps.ts';
import { durationOf } from '../option-values.ts';
import type { CsrContent, RequestTerms } from './build.ts';
import { checkRequestName } from './name-argument.ts';
import type { KeyAlgorithm } from './new-key.ts';
import { readSignerArgument } from './signer-argument.ts';
import { readUsageArguments } from './usage-argument.ts';

/** The options of `csr create`, as they are written. */
export interface CreateFlags extends ClusterFlags, Partial<WantedSans> {
  readonly signer: string;
  readonly subject?: string;
  readonly usage?: readonly string[];
  readonly expires?: string;
  readonly isCa: boolean;
  readonly keyAlgorithm: KeyAlgorithm;
  readonly key?: string;
  readonly csr?: string;
  readonly dir: string;
  readonly dryRun: boolean;
  readonly wait: boolean;
  readonly timeout: string;
  readonly force: boolean;
  readonly output: 'text' | 'json' | 'yaml';
}

/** What the options ask for; `content` is absent where a CSR is given. */
export interface CreateWish {
  readonly terms: RequestTerms;
  readonly content?: Omit<CsrContent, 'privateKey'>;
  readonly timeoutMs: number;
}

/** The API server takes no shorter life, in milliseconds. */
const leastLifeMs = 600_000;
/** The largest number of seconds that `spec.expirationSeconds` can hold. */
const mostSeconds = 2 ** 31 - 1;

/** Reads the options, before anything is made. @throws {CodedError} `Usage`, which names the option */
export function readCreateFlags(name: string, flags: CreateFlags): CreateWish {
  checkRequestName(name);
  refuseContradictions(flags);
  const expirationSeconds = lifeOf(flags.expires);
  const timeoutMs = durationOf('--timeout', flags.timeout);
  const terms: RequestTerms = {
    name,
    signerName: readSignerArgument(flags.signer),
    usages: readUsageArguments(flags.usage),
    isCA: flags.isCa,
    ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
  };
  if (flags.csr !== undefined) return { terms, timeoutMs };
  return { terms, content: contentOf(flags), timeoutMs };
}

function refuseContradictions({ csr, key, dryRun, wait, ...content }: CreateFlags): void {
  if (csr !== undefined && key !== undefined)
    throw usageError('--key: belongs to no CSR that is there already; leave out --csr or --key');
  if (dryRun && wait) throw usageError('--wait: with --dry-run nothing is asked for; leave one of the two out');
  if (csr === undefined) return;
  for (const name of ['subject', 'dns', 'ip', 'uri', 'email'] as const) {
    if (content[name] !== undefined) throw usageError(`--${name}: is in the CSR already; leave out --csr or --${name}`);
  }
}

function lifeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = durationOf('--expires', text);
  if (ms < leastLifeMs) throw usageError(`--expires: ${printable(text)} is too short; the API server takes 10m or more`);
  const seconds = Math.round(ms / 1000);
  if (seconds > mostSeconds)
    throw usageError(`--expires: ${printable(text)} is too long; the API server takes 68 years at most`);
  return seconds;
}

function contentOf({ subject, dns = [], ip = [], uri = [], email = [] }: CreateFlags): Omit<CsrContent, 'privateKey'> {
  const sans = { dns, ip, uri, email };
  checkSans(sans);
  if (subject === undefined) {
    if (Object.values(sans).every((names) => names.length === 0)) {
      throw usageError(
        '--subject: say who the certificate is for, such as "CN=jane,O=developers", or give --dns, --ip, --uri or --email',
      );
    }
    return withSans(emptyName, sans, true);
  }
  const parsed = parseSubject(subject);
  if (!parsed.ok) throw usageError(`--subject: ${parsed.error}`);
  return withSans(parsed.value, sans, false);
}

/** DER of the Name without an RDN. */
const emptyName = Uint8Array.of(0x30, 0);

function withSans(subject: Uint8Array, sans: WantedSans, critical: boolean): Omit<CsrContent, 'privateKey'> {
  const sanExtension = sanExtensionOf(sans, critical);
  return sanExtension === undefined ? { subject } : { subject, sanExtension };
}

function checkSans({ dns, ip, uri, email }: WantedSans): void {
  const dnsName = /^(\*\.)?([A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?$/;
  refuseFirst(
    '--dns',
    dns,
    (name) => name.length <= 253 && dnsName.test(name),
    'is no DNS name; write names of other scripts as xn--…',
  );
  refuseFirst('--ip', ip, (address) => isIP(address) !== 0 && !address.includes('%'), 'is no IP address');
  refuseFirst(
    '--uri',
    uri,
    (text) => URL.canParse(text) && /^[\x21-\x7e]+$/.test(text),
    'is no URI; write it with its scheme, in ASCII',
  );
  refuseFirst('--email', email, (text) => /^[\x21-\x3f\x41-\x7e]+@[A-Za-z0-9.-]+$/.test(text), 'is no email address');
}

function refuseFirst(option: string, values: readonly string[], isRight: (value: string) => boolean, why: string): void {
  const wrong = values.find((value) => !isRight(value));
  if (wrong !== undefined) throw usageError(`${option}: "${printable(wrong.slice(0, 200))}" ${why}`);
}
