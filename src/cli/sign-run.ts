import { join } from 'node:path';
import { messageOf } from '../lib/errors.ts';
import { authorityInFolder } from '../mockca/ca-files.ts';
import { type AuthorityParameters, type CertificateAuthority, createAuthority } from '../signers/mock-ca/authority.ts';
import { defaultCommonName, serverOrganization } from '../signers/mock-ca/defaults.ts';
import { type CliDeps, commandFailure } from './deps.ts';
import { checkSignFlags, readCsrFile, type SignFlags } from './sign-input.ts';
import { writeSigned } from './sign-output.ts';

/** ECDSA, since an RSA key takes longer to make than all else together. */
const newCA: AuthorityParameters = {
  commonName: defaultCommonName,
  organization: serverOrganization,
  key: { algorithm: 'ECDSA', size: 256 },
  validitySeconds: 3650 * 86_400,
  pathLength: 1,
};

/** Signs one CSR with a CA for tests. @throws {CodedError} `Usage` or `Failed`; the message names the option and says what to do. */
export async function runSign(flags: SignFlags & { readonly caDir?: string }, deps: CliDeps): Promise<void> {
  const { durationSeconds, usages } = checkSignFlags(flags);
  const csr = await readCsrFile(flags.csr, deps.stdin);
  const authority = await openCA(flags.caDir, deps);
  const issued = await authority.issue({ csr, durationSeconds, usages, isCA: flags.isCa });
  if (!issued.ok) throw commandFailure(`the CA cannot sign this: ${issued.error.message}`);
  const signing = {
    csr,
    certificate: issued.value,
    durationSeconds,
    isCA: flags.isCa,
    signedBy: `${authority.subject} (a CA for tests)`,
    endsWithCA: issued.value.whyShorter !== undefined,
  };
  await writeSigned(signing, flags, deps, flags.caDir === undefined ? undefined : join(flags.caDir, 'tls.crt'));
}

async function openCA(folder: string | undefined, { clock }: CliDeps): Promise<CertificateAuthority> {
  if (folder === undefined) return createAuthority(newCA, { clock });
  try {
    return (await authorityInFolder(folder, newCA, clock)).authority;
  } catch (error) {
    throw commandFailure(`--ca-dir: ${messageOf(error)}`, { cause: error });
  }
}
