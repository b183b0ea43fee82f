import { err, ok, type Result } from '../../lib/result.ts';
import type { CaHolder, CaSettings, HeldCa } from '../../signers/ca/contract.ts';
import { certificateSource, type CertificateSource } from '../../signers/key-vault/certificate-source.ts';
import { createKeyVaultHolder } from '../../signers/key-vault/holder.ts';
import { type Certificate } from '../../x509/certificate.ts';
import { normaliseChain } from '../../x509/chain.ts';
import { usageError } from '../deps.ts';
import { readCertificateFiles } from './certificate-files.ts';
import { readChain } from './chain.ts';
import type { HeldCaFlags } from './held-ca-options.ts';
import type { VaultSession } from './session.ts';
import { checked, type VaultChoice } from './vault-settings.ts';

/** What an issuer with these options would sign with, before it is fetched. */
export interface ChosenCa {
  readonly holder: CaHolder;
  readonly settings: CaSettings;
}

/** Finds what the options say of the CA. @throws {CodedError} `Usage` or `Failed` */
export async function chooseCa(flags: HeldCaFlags, session: VaultSession): Promise<ChosenCa> {
  const { deps, choice } = session;
  const certificate = await readSource(flags, session);
  const vault = await session.open(choice.vaultUrl);
  const key = { name: choice.keyName, ...(choice.keyVersion === undefined ? {} : { version: choice.keyVersion }) };
  const { signatureAlgorithm } = flags;
  return {
    holder: createKeyVaultHolder(vault, { key, certificate }, deps),
    settings: {
      signatureAlgorithmField: '--signature-algorithm',
      ...(signatureAlgorithm === undefined ? {} : { signatureAlgorithm }),
    },
  };
}

async function readSource(flags: HeldCaFlags, { deps, choice }: VaultSession): Promise<CertificateSource> {
  const { certificate: files } = flags;
  checkPlaces(flags);
  if (files !== undefined) {
    const pem = await readCertificateFiles('--certificate', files, deps);
    return { in: 'text', pem, where: files.length === 1 ? 'the file of --certificate' : 'the files of --certificate' };
  }
  const source = certificateSource(asIssuer(flags, choice), undefined);
  if (!source.ok) throw usageError(`${source.error}. Here, give the file: --certificate FILE`);
  return source.value;
}

/** The same in an issuer. */
function asIssuer(
  { secretName, secretVersion, vaultCertificate }: HeldCaFlags,
  { vaultUrl, keyName }: VaultChoice,
): Parameters<typeof certificateSource>[0] {
  const version =
    secretVersion === undefined ? {} : { version: checked('keyVersion', { value: secretVersion, from: '--secret-version' }) };
  if (vaultCertificate !== undefined) {
    const name = checked('keyName', { value: vaultCertificate, from: '--vault-certificate' });
    return { vaultUrl, keyName, caCertificate: { vaultCertificate: { name } } };
  }
  const name = secretName === undefined ? {} : { name: checked('keyName', { value: secretName, from: '--secret-name' }) };
  return { vaultUrl, keyName, caCertificate: { vaultSecret: { ...name, ...version } } };
}

function checkPlaces({ certificate, vaultCertificate, secretName, secretVersion }: HeldCaFlags): void {
  const places = [
    ...(certificate === undefined ? [] : ['--certificate']),
    ...(vaultCertificate === undefined ? [] : ['--vault-certificate']),
    ...(secretName === undefined && secretVersion === undefined
      ? []
      : [secretName === undefined ? '--secret-version' : '--secret-name']),
  ];
  if (places.length > 1) throw usageError(`${places[0]}: the CA certificate is in one place; leave this or ${places[1]} out`);
}

/** The certificate that was found and those above it, whether or not it is fit. The error is a sentence. */
export function chainOf(held: HeldCa): Result<readonly [Certificate, ...Certificate[]], string> {
  const { certificatePem, where, key } = held;
  const ordered = normaliseChain(certificatePem, { publicKey: key.publicKey.publicKey, keyOwner: 'the CA' });
  const chain = ordered.ok
    ? readChain({ intermediatesPem: ordered.value.chainPem, caPem: ordered.value.caPem })
    : err(ordered.error.message);
  if (!chain.ok) return err(`The chain of the CA certificate in ${where} cannot be used: ${chain.error}.`);
  const [own, ...above] = chain.value;
  return own === undefined ? err(`There is no certificate in ${where}.`) : ok([own, ...above]);
}
