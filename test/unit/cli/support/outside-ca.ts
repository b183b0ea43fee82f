import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A root outside any vault, by openssl. */
export interface OutsideCa {
  readonly rootPem: string;
  /** The private key of the root. */
  readonly keyPem: string;
  /** Signs a CSR as it asks, or with the extensions given. */
  sign(csrPem: string, options?: { readonly days?: number; readonly extensions?: string }): string;
  /** PKCS #7 with the certificates, DER or PEM. */
  pkcs7(pem: string, form: 'DER' | 'PEM'): Uint8Array;
  toDer(pem: string): Uint8Array;
  remove(): void;
}

export function outsideCa(subject = '/O=Outside/CN=Outside Root'): OutsideCa {
  const folder = mkdtempSync(join(tmpdir(), 'external-issuer-outside-'));
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): Buffer =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const write = (name: string, text: string): void => writeFileSync(path(name), text);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'root.key'];
  const extensions = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  openssl('req', '-x509', ...newKey, '-subj', subject, '-days', '3650', ...extensions, '-out', 'root.crt');
  return {
    rootPem: readFileSync(path('root.crt'), 'utf8'),
    keyPem: readFileSync(path('root.key'), 'utf8'),
    sign(csrPem, options = {}) {
      write('in.csr', csrPem);
      write('ext', options.extensions ?? '');
      const from = options.extensions === undefined ? ['-copy_extensions', 'copyall'] : ['-extfile', 'ext'];
      const by = ['-CA', 'root.crt', '-CAkey', 'root.key', '-days', String(options.days ?? 1000)];
      return openssl('x509', '-req', '-in', 'in.csr', ...by, ...from).toString();
    },
    pkcs7(pem, form) {
      write('chain.pem', pem);
      return new Uint8Array(openssl('crl2pkcs7', '-nocrl', '-certfile', 'chain.pem', '-outform', form));
    },
    toDer(pem) {
      write('in.pem', pem);
      return new Uint8Array(openssl('x509', '-in', 'in.pem', '-outform', 'DER'));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
