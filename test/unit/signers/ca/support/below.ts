import { openssl } from '../../../x509/tools.ts';
import { caExtensions, type CaPair, keyPem } from './fake-holder.ts';

interface Wish {
  readonly extensions?: string;
  readonly days?: number;
  readonly key?: string;
}

/** A certificate of openssl's that another CA signs, a CA's where nothing else is wished; alone, without those above it. */
export function below(
  above: CaPair,
  commonName: string,
  { extensions = caExtensions, days = 3000, key = keyPem() }: Wish = {},
): CaPair {
  const config = `[req]\nprompt=no\ndistinguished_name=dn\n[dn]\nCN=${commonName}`;
  const csr = openssl(['req', '-new', '-config', 'c', '-key', 'k'], { c: config, k: key });
  const args = ['x509', '-req', '-in', 'csr', '-CA', 'ca', '-CAkey', 'cak', '-days', String(days), '-extfile', 'ext'];
  const files = { csr, ca: above.certificatePem, cak: above.keyPem, ext: extensions };
  return { certificatePem: openssl(args, files), keyPem: key };
}

/** The first CA, which signs, and those above it. */
export function chainOf(own: CaPair, ...above: readonly CaPair[]): CaPair {
  return { ...own, certificatePem: [own, ...above].map(({ certificatePem }) => certificatePem).join('') };
}
