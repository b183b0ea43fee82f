import type { Result } from '../../../lib/result.ts';
import type { HttpRequest } from '../../network/exchange.ts';
import type { PkiProblem } from '../problem.ts';
import type { TemplateValues } from './values.ts';

/** Where a template's text goes, which decides how the values of its placeholders are written. */
export type TemplateTarget =
  /** A leaf of a structure (JSON, form, query, multipart): as they are, since a serializer encodes the whole. */
  | 'leaf'
  /** A part of a path: percent-encoded. */
  | 'url'
  /** Refused where they hold a control character. */
  | 'header'
  /** `& < > " '` as entities; characters that XML does not allow are refused. */
  | 'xml'
  /** PEM, base64, hexadecimal, numbers and the like as they are, all else percent-encoded. */
  | 'raw';

/** A template that parsed, and all of whose placeholders exist. */
export interface Template {
  readonly text: string;
  /** The error is a clause for people that names the placeholder: `annotation "team" is not on the request`. */
  render(values: TemplateValues): Result<string, string>;
}

/** Compiles a text; the error is a clause that says where in it something is wrong, with the nearest known name. */
export type CompileTemplate = (text: string, target: TemplateTarget) => Result<Template, string>;

/** A JSON value whose texts are templates; `json` filters splice values of other types. */
export interface StructureTemplate {
  render(values: TemplateValues): Result<unknown, string>;
}

/** A request of the configuration, its templates compiled. */
export interface RequestTemplate {
  /** Builds the request below `base`; the URL of an answer must have the origin of `base`. */
  render(values: TemplateValues, base: URL): Result<HttpRequest, PkiProblem>;
}
