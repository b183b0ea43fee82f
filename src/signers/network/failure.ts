import { printable } from '../../lib/printable.ts';
import type { HttpFailure, HttpFailureCode } from './exchange.ts';
import { closedWords, ConnectError } from './connect.ts';
import type { ClientSettings } from './contract.ts';
import type { SendError } from './send-once.ts';

/** What a failure's message is made of, besides the error. */
export interface FailureContext {
  /** host:port of the server. */
  readonly where: string;
  readonly encrypted: boolean;
  /** Whether it is the CA itself, and not a token endpoint. */
  readonly isCa: boolean;
  /** host:port of the proxy that the request went through. */
  readonly proxy?: string;
  readonly settings: ClientSettings;
}

interface Finding {
  readonly code: HttpFailureCode;
  /** What happened and what to do. */
  readonly words: string;
}

/** Sorts an error of a connection or an exchange, and says it in words; the message has no path, query or header of the request. */
export function failureOf({ error, sent }: SendError, context: FailureContext): HttpFailure {
  const { code, words } =
    error instanceof ConnectError ? { code: error.code, words: error.message } : find(error, sent, context);
  const through = context.proxy === undefined ? '' : ` (through the proxy ${context.proxy})`;
  return { code, message: `${context.where}${through}: ${words}`, sent, cause: error };
}

const trustAdvice =
  'the CA of its certificate is not believed; put the certificate of that CA into tls.caSecretRef or tls.caConfigMapRef';
const clockAdvice = 'see to its certificate and to the clocks of both sides';

/** What OpenSSL and Node say of certificates, in words. */
const certificateWords: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: `its certificate, or one above it, has expired; ${clockAdvice}`,
  CERT_NOT_YET_VALID: `its certificate, or one above it, is not yet valid; ${clockAdvice}`,
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is self-signed; put it into tls.caSecretRef or tls.caConfigMapRef to believe it`,
  SELF_SIGNED_CERT_IN_CHAIN: trustAdvice,
  UNABLE_TO_GET_ISSUER_CERT: trustAdvice,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: trustAdvice,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `${trustAdvice}, or have the server send its intermediate certificates`,
};
const certificateCodes =
  /CERT|_CRL|^INVALID_(?:CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$|^(?:CA|EE)_(?:MD|KEY)_TOO_(?:WEAK|SMALL)$/;

const hostWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; check host and port, and whether the CA is running',
  ENOTFOUND: 'there is no such host; check the name, and the DNS of the cluster',
  EAI_AGAIN: 'the name cannot be resolved at the moment; check the DNS of the cluster',
  EHOSTUNREACH: 'there is no route to it; check the address, network policies and firewalls',
  ENETUNREACH: 'there is no route to it; check the address, network policies and firewalls',
};

const lateCodes = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

function find(error: unknown, sent: boolean, context: FailureContext): Finding {
  const { code = '', name = 'Error' } = error instanceof Error ? (error as Error & { readonly code?: string }) : {};
  const tls = tlsWords(code, error, context);
  if (tls !== undefined) return { code: 'TLSFailed', words: `${tls} (${code})` };
  if (lateCodes.has(code)) return { code: 'CATimeout', words: lateWords(code, sent, context.settings) };
  if (code === 'HPE_HEADER_OVERFLOW' || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return { code: 'CAAnswerTooLarge', words: 'the headers of its answer are larger than 16 KiB' };
  }
  if (name === 'HTTPParserError') return { code: 'CAUnreachable', words: 'what it answers is not HTTP; check the port' };
  const words = hostWords[code] ?? brokenWords(code, sent, context);
  return { code: 'CAUnreachable', words: `${words} (${code || name})` };
}

function tlsWords(code: string, error: unknown, { settings, isCa }: FailureContext): string | undefined {
  const { tls } = settings;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = printable(namesOf(error)).slice(0, 120);
    const own = isCa ? tls.serverName : undefined;
    const wanted = own === undefined ? 'that of the address' : `the one of tls.serverName, ${own}`;
    const advice = isCa ? ', or set tls.serverName to a name of the certificate' : '';
    return `its certificate is for other names (${names}) than ${wanted}; correct it${advice}`;
  }
  const known = certificateWords[code];
  if (known !== undefined) return known;
  if (/^ERR_SSL_.*ALERT_PROTOCOL_VERSION|^ERR_SSL_UNSUPPORTED_PROTOCOL/.test(code)) {
    return `it does not offer the least version of TLS that the issuer takes, ${tls.minVersion}; have it do so, or lower tls.minVersion`;
  }
  if (/^ERR_SSL_.*ALERT_(?:.*CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)/.test(code)) {
    return tls.certPem === undefined
      ? 'it breaks off the handshake, as servers do that want a client certificate; set tls.clientCertSecretRef'
      : 'it breaks off the handshake: it may not believe the client certificate of tls.clientCertSecretRef';
  }
  if (/^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)/.test(code)) {
    return 'what answers does not speak TLS; check the port, and whether the address is one of http://';
  }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO') return 'the TLS handshake failed';
  return certificateCodes.test(code) ? 'its certificate is refused; have the CA renew it' : undefined;
}

function namesOf(error: unknown): string {
  const { cert } = error as { readonly cert?: { readonly subjectaltname?: unknown } };
  return typeof cert?.subjectaltname === 'string' ? cert.subjectaltname : 'none';
}

function lateWords(code: string, sent: boolean, settings: ClientSettings): string {
  if (!sent)
    return `no connection within the ${settings.connectTimeoutMs / 1000} s of network.connectTimeout; check host, port and firewalls`;
  const limit = `${settings.responseTimeoutMs / 1000} s of network.responseTimeout`;
  if (code === 'UND_ERR_BODY_TIMEOUT') return `it stopped in the middle of its answer for the ${limit}`;
  return `it did not begin to answer within the ${limit}; see whether the CA is busy, or raise it`;
}

function brokenWords(code: string, sent: boolean, { encrypted, settings }: FailureContext): string {
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return 'its answer ended before it was complete';
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return 'the request cannot be sent: one of its headers is not allowed; check the headers of the request';
  }
  if (code === 'UND_ERR_DESTROYED') return closedWords;
  if (!sent) return encrypted ? 'the connection ended during the TLS handshake; check the port' : 'the connection failed';
  const mutual = encrypted && settings.tls.certPem === undefined;
  return `the connection ended before the answer did${mutual ? '; the server may want a client certificate (tls.clientCertSecretRef)' : ''}`;
}
