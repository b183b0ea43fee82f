import type { Result } from '../../../lib/result.ts';
import type { HttpAnswer } from '../../network/exchange.ts';
import type { PkiProblem } from '../problem.ts';

/** An answer with its body parsed once: JSON or XML by its content type or, where it has none that says, by how it begins. */
export interface ReadAnswer extends HttpAnswer {
  /** Parsed; null where it is neither JSON nor XML, or does not parse. */
  readonly document: unknown;
  /** The body as UTF-8 text, at most 64 KiB of it. */
  readonly text: string;
}

/** A path that parsed: finds a value in an answer, undefined where there is none. */
export type Selector = (answer: ReadAnswer) => unknown;

/** A rule's condition that parsed and was type-checked; an error at run time counts as "does not apply". */
export type Condition = (answer: ReadAnswer) => boolean;

/** How one answer counts. `code` and `message` are for people: the status, and the CA's own words where the issuer says where they are. */
export type Verdict =
  | { readonly verdict: 'good' }
  | { readonly verdict: 'pending'; readonly afterMs?: number }
  | { readonly verdict: 'retry'; readonly code: string; readonly message: string; readonly afterMs?: number }
  | { readonly verdict: 'failed'; readonly code: string; readonly message: string }
  /** `unauthorized`: the credential was refused (401, or 403), so a cached token is dropped. */
  | { readonly verdict: 'issuer-broken'; readonly code: string; readonly message: string; readonly unauthorized: boolean };

/** Sorts an answer: the issuer's rules first, then by status. */
export type SortAnswer = (answer: ReadAnswer) => Verdict;

/** The certificates of an answer, as PEM, in whatever order. */
export interface ReadCertificates {
  readonly chainPem: string;
  readonly caPem?: string;
}

/** Reads the certificates of an answer by `response`; the error's code is CAResponseInvalid and its message names the field. */
export type CertificateReader = (answer: ReadAnswer) => Result<ReadCertificates, PkiProblem>;
