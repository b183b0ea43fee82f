import { err, ok, type Result } from '../../../lib/result.ts';
import type { HttpRequest } from '../../network/exchange.ts';
import type { PkiProblem } from '../problem.ts';
import type { WrittenParameters } from '../schema/parameters.ts';
import type { RequestTemplate } from '../template/contract.ts';
import type { TemplateValues } from '../template/values.ts';
import { formPairs, semicolonBody, semicolonQuery, type Pair } from './parameter-pairs.ts';
import { writeSubject } from './subject-dn.ts';

type Method = 'GET' | 'POST';

/**
 * Compiles the parameter protocol of older PKIs: one request to the base URL itself. Its parameters come in this order: newCertParam or
 * renewCertParam, subjectParam, the DNS names, getCSRParam, getCertParam. POST sends them as a form (ampersand) or as text/plain
 * (semicolon), GET as the query.
 * @param field for messages: `pki.parameters`. The error names the field and what to do.
 */
export function compileParameters(
  parameters: WrittenParameters,
  method: Method,
  field: string,
): Result<RequestTemplate, string> {
  const { getCSRParam } = parameters;
  if (parameters.getKeyParam !== undefined) {
    return err(
      `${field}.getKeyParam: would ask the PKI for a private key, and private keys never leave the cluster; remove it`,
    );
  }
  if (getCSRParam === undefined) {
    return err(
      `${field}.getCSRParam: required, the name of the parameter of the CSR; a PKI that is not sent the CSR makes a key of its own, and its certificate fits no Secret`,
    );
  }
  const problem = unusedKey(parameters) ?? sameName(parameters, getCSRParam);
  if (problem !== undefined) return err(`${field}.${problem}`);
  return ok({
    render: (values, base) => {
      const pairs = pairsOf(parameters, getCSRParam, values);
      return pairs.ok ? ok(requestOf(pairs.value, parameters, method, base)) : pairs;
    },
  });
}

/** Names of parameters are letters, digits, ".", "_" and "-" by the schema, so they need no encoding. */
function pairsOf(parameters: WrittenParameters, csrName: string, values: TemplateValues): Result<readonly Pair[], PkiProblem> {
  const { subjectParam, getCertParam } = parameters;
  const dns = dnsPairs(parameters, values.san.dns);
  if (!dns.ok) return dns;
  const subject = (encode: (value: string) => string): string => writeSubject(values, parameters.subjectDNFormat, encode);
  const hasSubject = subjectParam !== undefined && subject(String) !== '';
  return ok([
    ...kindPair(parameters, values.request.revision),
    ...(hasSubject ? [{ name: subjectParam, value: subject }] : []),
    ...dns.value,
    csrPair(csrName, csrText(parameters, values)),
    ...(getCertParam === undefined ? [] : [textPair(getCertParam, '')]),
  ]);
}

/** The pair that says whether a certificate is new or renewed. */
function kindPair(parameters: WrittenParameters, revision: number): readonly Pair[] {
  const { newCertParam, newCertValue, renewCertParam, renewCertValue } = parameters;
  if (revision > 1 && renewCertParam !== undefined) return [textPair(renewCertParam, renewCertValue ?? '')];
  return newCertParam === undefined ? [] : [textPair(newCertParam, newCertValue ?? '')];
}

function dnsPairs(parameters: WrittenParameters, names: readonly string[]): Result<readonly Pair[], PkiProblem> {
  const { dnsPrefix, dnsStartIndex, dnsMaxCount } = parameters;
  if (dnsPrefix === undefined) return ok([]);
  if (names.length > dnsMaxCount) {
    return err({
      code: 'TooManyNames',
      message: `The CSR has ${names.length} DNS names, and the PKI takes ${dnsMaxCount} (pki.parameters.dnsMaxCount). Ask for a certificate with fewer names.`,
    });
  }
  return ok(names.map((name, index) => textPair(`${dnsPrefix}${dnsStartIndex + index}`, name)));
}

function csrText({ csrFormat }: WrittenParameters, { csr }: TemplateValues): string {
  return { derBase64: csr.base64, pem: csr.pem, pemBase64: csr.pemBase64, derHex: csr.hex }[csrFormat];
}

/** The padding of base64 stays readable: a pair ends its name at its first "=". */
function csrPair(name: string, text: string): Pair {
  const [padding = ''] = /=*$/.exec(text) ?? [];
  return { name, value: (encode) => encode(text.slice(0, text.length - padding.length)) + padding };
}

function textPair(name: string, value: string): Pair {
  return { name, value: (encode) => encode(value) };
}

function requestOf(pairs: readonly Pair[], { paramFormat }: WrittenParameters, method: Method, base: URL): HttpRequest {
  const semicolon = paramFormat === 'semicolon';
  if (method === 'GET') {
    const url = new URL(base);
    const given = url.search.slice(1);
    const query = semicolon ? semicolonQuery(pairs) : formPairs(pairs);
    url.search = given === '' ? query : `${given}${semicolon ? ';' : '&'}${query}`;
    return { method, url, headers: new Map() };
  }
  const type = semicolon ? 'text/plain' : 'application/x-www-form-urlencoded';
  const body = Buffer.from(semicolon ? semicolonBody(pairs) : formPairs(pairs), 'utf8');
  return { method, url: new URL(base), headers: new Map([['content-type', type]]), body };
}

/** A key that says something about another one, which is not set; values that are the default's cannot be told from it. */
function unusedKey(parameters: WrittenParameters): string | undefined {
  const { newCertParam, newCertValue, renewCertParam, renewCertValue, dnsPrefix, dnsStartIndex, dnsMaxCount } = parameters;
  if (newCertValue !== undefined && newCertParam === undefined)
    return 'newCertValue: is the value of newCertParam; set that too';
  if (renewCertValue !== undefined && renewCertParam === undefined) {
    return 'renewCertValue: is the value of renewCertParam; set that too';
  }
  if (dnsPrefix === undefined && dnsStartIndex !== 2) return 'dnsStartIndex: means nothing without dnsPrefix; set that too';
  if (dnsPrefix === undefined && dnsMaxCount !== 20) return 'dnsMaxCount: means nothing without dnsPrefix; set that too';
  if (parameters.subjectParam === undefined && parameters.subjectDNFormat !== 'comma') {
    return 'subjectDNFormat: means nothing without subjectParam; set that too';
  }
  return undefined;
}

/** Two parameters of one request with the same name: the PKI would take either. */
function sameName(parameters: WrittenParameters, csrName: string): string | undefined {
  const { newCertParam, renewCertParam, subjectParam, getCertParam, dnsPrefix } = parameters;
  const fields = { newCertParam, renewCertParam, subjectParam, getCSRParam: csrName, getCertParam };
  const named = Object.entries(fields).flatMap(([field, name]) => (name === undefined ? [] : [{ field, name }]));
  for (const [index, { field, name }] of named.entries()) {
    const other = named.slice(0, index).find((each) => each.name === name);
    // Of these two only one is sent.
    const areAlternatives = field === 'renewCertParam' && other?.field === 'newCertParam';
    if (other !== undefined && !areAlternatives)
      return `${field}: is "${name}", as ${other.field} is; name each parameter differently`;
    const isDnsName = dnsPrefix !== undefined && name.startsWith(dnsPrefix) && /^\d+$/.test(name.slice(dnsPrefix.length));
    if (isDnsName) return `${field}: is "${name}", which is also a parameter of a DNS name (dnsPrefix); choose another one`;
  }
  return undefined;
}
