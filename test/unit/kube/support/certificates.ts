import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A CA with one certificate of each kind, PEM; made by openssl, each with a key of its own. */
export interface Certificates {
  readonly ca: Buffer;
  readonly server: { readonly cert: Buffer; readonly key: Buffer };
  readonly client: (name: string) => { readonly cert: Buffer; readonly key: Buffer };
}

/** Makes a CA in `folder`; its server certificate is for loopback addresses and `names`. */
export function makeCertificates(folder: string, names: readonly string[] = ['localhost']): Certificates {
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=Test CA', '-days', '2');
  const issue = (name: string, extension: string) => {
    const out = ['-keyout', `${name}.key`, '-out', `${name}.crt`, '-subj', `/CN=${name}`, '-days', '2'];
    openssl('req', '-x509', '-CA', 'ca.crt', '-CAkey', 'ca.key', ...newKey, ...out, '-addext', extension);
    return { cert: readFileSync(join(folder, `${name}.crt`)), key: readFileSync(join(folder, `${name}.key`)) };
  };
  const alternative = ['IP:127.0.0.1', 'IP:::1', ...names.map((name) => `DNS:${name}`)].join(',');
  return {
    ca: readFileSync(join(folder, 'ca.crt')),
    server: issue('server', `subjectAltName=${alternative}`),
    client: (name) => issue(name, 'extendedKeyUsage=clientAuth'),
  };
}
