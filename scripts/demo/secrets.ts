import { mkdir } from 'node:fs/promises';
import { keyOf, keyText } from '../../src/kube/resource.ts';
import { mustKubectl } from '../../test/controlplane/kubectl.ts';
import type { Account } from './account.ts';
import type { CertificateResource } from './certificate.ts';
import { untilIssued, type Issuance } from './issuance.ts';
import { readCertificates } from './chain.ts';
import { readTlsFiles } from './facts.ts';
import { verifyArguments, verifyTlsFiles } from './openssl.ts';
import { demoFolder, type Started } from './start.ts';

/** Fourth chapter: openssl judges what is in the Secrets. */
export async function verifySecrets(account: Account, started: Started, issuances: readonly Issuance[]): Promise<void> {
  account.heading('4. openssl verifies the Secrets');
  account.say(`  openssl ${verifyArguments.join(' ')}`);
  for (const { certificate } of issuances) await verifySecret(account, started, certificate);
}

async function verifySecret(account: Account, { plane, admin }: Started, certificate: CertificateResource): Promise<void> {
  const { namespace = '' } = keyOf(certificate);
  const name = certificate.spec.secretName;
  await account.step(
    `${namespace}/${name}`,
    async () => {
      const folder = demoFolder(plane, namespace, name);
      await mkdir(folder, { recursive: true });
      await verifyTlsFiles(folder, await readTlsFiles(admin, namespace, name));
    },
    () => 'tls.crt leads to ca.crt, and tls.key is its key',
  );
}

/** Adds the condition by which `cmctl renew` asks cert-manager for a new certificate. */
const renewalPatch = [
  {
    op: 'add',
    path: '/status/conditions/-',
    value: { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message: 'Renewed by make demo.' },
  },
];

/** Fifth chapter: a renewal long before its time gives the Secret another key and another certificate. */
export async function renew(account: Account, started: Started, { certificate }: Issuance): Promise<void> {
  account.heading('5. One is renewed');
  const { plane, admin, watch } = started;
  const key = keyOf(certificate);
  const { namespace = '', name } = key;
  const serial = async (): Promise<string> => {
    const [leaf] = readCertificates((await readTlsFiles(admin, namespace, certificate.spec.secretName))['tls.crt']);
    return leaf?.serialHex ?? '';
  };
  const before = await serial();
  const asked = performance.now();
  await account.step(`${keyText(key)} gets the condition Issuing=True, as by "cmctl renew"`, async () => {
    const patch = ['--subresource=status', '--type=json', `--patch=${JSON.stringify(renewalPatch)}`];
    await mustKubectl(plane.kubectl, ['patch', 'certificate', name, `--namespace=${namespace}`, ...patch]);
  });
  const revision = (certificate.status?.revision ?? 1) + 1;
  const after = await account.step(`${keyText(key)} is Ready again`, async () => {
    await untilIssued(watch, key, revision, asked);
    const serialNow = await serial();
    if (serialNow === before) throw new Error(`the Secret still holds the certificate with serial ${before}`);
    return serialNow;
  });
  await verifySecret(account, started, certificate);
  account.say(`    old serial  ${before}\n    new serial  ${account.bold(after)}`);
}
