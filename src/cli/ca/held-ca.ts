import { err, ok, type Result } from '../../lib/result.ts';
import type { CaHolder, CaSettings, HeldCa } from '../../signers/ca/contract.ts';
import type { CertificateSource } from '../../signers/key-vault/certificate-source.ts';
import { createKeyVaultHolder } from '../../signers/key-vault/holder.ts';
import { type Certificate } from '../../x509/certificate.ts';
import { normaliseChain } from '../../x509/chain.ts';
import { usageError } from '../deps.ts';
import { readCertificateFiles } from './certificate-files.ts';
import { readChain } from './chain.ts';
import type { HeldCaFlags } from './options.ts';
import type { VaultSession } from './session.ts';
import { checkHoldsSecrets } from './store.ts';
import { checked, keyNameOf } from './vault-settings.ts';

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
  const key = keyNameOf(choice.keyName, choice.keyVersion);
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
  const { certificate: files, vaultCertificate, secretName, secretVersion } = flags;
  checkPlaces(flags);
  if (files !== undefined) return await readCertificateFiles('--certificate', files, deps);
  checkHoldsSecrets(choice, 'Give the file of the certificate (--certificate FILE)');
  if (vaultCertificate !== undefined) {
    return { in: 'certificate', name: checked('keyName', { value: vaultCertificate, from: '--vault-certificate' }) };
  }
  const name = secretName === undefined ? choice.keyName : checked('keyName', { value: secretName, from: '--secret-name' });
  const version =
    secretVersion === undefined ? {} : { version: checked('keyVersion', { value: secretVersion, from: '--secret-version' }) };
  return { in: 'secret', name, ...version };
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
