import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { now } from './views.ts';

/** What a certificate of openssl's is to be, beside what its CSR says: nothing of that is taken over but key and subject. */
export interface Profile {
  /** Lines of the extension section. */
  readonly extensions?: string;
  /** As `openssl ca -subj` wants it; absent: the CSR's. */
  readonly subject?: string;
  /** Milliseconds since the epoch. */
  readonly notBefore?: number;
  readonly notAfter?: number;
}

/** A root and an intermediate CA that openssl runs in a folder of its own. */
export interface OpensslCA {
  readonly rootPem: string;
  readonly intermediatePem: string;
  /** A certificate by the intermediate CA. */
  sign(csrPem: string, profile?: Profile): string;
  close(): void;
}

const config = `
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Openssl root
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[ca]
default_ca = here
[here]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
unique_subject = no
string_mask = nombstr
policy = any
[any]
organizationName = optional
commonName = optional
`;

const intermediateProfile =
  'basicConstraints = critical, CA:TRUE, pathlen:0\nkeyUsage = critical, keyCertSign\nsubjectKeyIdentifier = hash';

/** Makes the two CAs. `close` removes their folder. */
export function createOpensslCA(): OpensslCA {
  const folder = mkdtempSync(join(tmpdir(), 'external-issuer-test-'));
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  writeFileSync(join(folder, 'ca.cnf'), config);
  writeFileSync(join(folder, 'index.txt'), '');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-config', 'ca.cnf'];
  openssl('req', '-x509', ...newKey, '-extensions', 'root', '-days', '30', '-keyout', 'root.key', '-out', 'root.pem');
  openssl('req', '-new', ...newKey, '-subj', '/CN=Openssl intermediate', '-keyout', 'sub.key', '-out', 'sub.csr');

  function sign(by: string, csr: string, out: string, profile: Profile): string {
    writeFileSync(join(folder, 'profile.cnf'), profile.extensions ?? 'subjectKeyIdentifier = hash');
    const dates = [
      '-startdate',
      opensslTime(profile.notBefore ?? now - 60_000),
      '-enddate',
      opensslTime(profile.notAfter ?? now + day),
    ];
    const subject = profile.subject === undefined ? [] : ['-subj', profile.subject];
    const ca = ['-config', 'ca.cnf', '-cert', `${by}.pem`, '-keyfile', `${by}.key`, '-extfile', 'profile.cnf'];
    openssl('ca', '-batch', '-notext', ...ca, ...dates, ...subject, '-in', csr, '-out', out);
    return read(out);
  }

  const intermediatePem = sign('root', 'sub.csr', 'sub.pem', { extensions: intermediateProfile });
  return {
    rootPem: read('root.pem'),
    intermediatePem,
    sign(csrPem, profile = {}) {
      writeFileSync(join(folder, 'leaf.csr'), csrPem);
      return sign('sub', 'leaf.csr', 'leaf.pem', profile);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const day = 86_400_000;

/** GeneralizedTime: UTCTime ends in 2049. */
function opensslTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}
