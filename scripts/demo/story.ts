import { mkdir } from 'node:fs/promises';
import { findCondition } from '../../src/api/conditions.ts';
import { externalClusterIssuers, externalIssuers } from '../../src/api/resources.ts';
import type { Issuer } from '../../src/api/issuer.ts';
import { keyText, type ObjectKey, type Resource } from '../../src/kube/resource.ts';
import { mustKubectl } from '../../test/controlplane/kubectl.ts';
import { eventually } from '../../test/e2e/support/eventually.ts';
import { type Account, wrapText } from './account.ts';
import { untilIssued, type Issuance } from './issuance.ts';
import { type Facts, factsOf, rowsOf } from './facts.ts';
import { certificatesFile, clusterIssuer, demoCertificates, issuersFile, teamIssuer, teamSecret } from './objects.ts';
import { makeTeamAuthority } from './openssl.ts';
import { demoFolder, type Started } from './start.ts';
import { layOutTable } from './table.ts';

/** Second chapter: an issuer for the cluster with a CA in memory, and one for a namespace with its CA in a Secret. */
export async function makeIssuers(account: Account, { plane, admin }: Started): Promise<void> {
  account.heading('2. Two issuers');
  await account.step('kubectl apply -f scripts/demo/issuers.yaml', async () => {
    await mustKubectl(plane.kubectl, ['apply', '--server-side', `--filename=${issuersFile}`]);
  });
  await account.step(
    'openssl makes a root and an issuing CA',
    async () => {
      const folder = demoFolder(plane, 'ca');
      await mkdir(folder, { recursive: true });
      const { certificate, key } = await makeTeamAuthority(folder);
      const files = [`--cert=${certificate}`, `--key=${key}`, `--namespace=${teamIssuer.namespace}`];
      await mustKubectl(plane.kubectl, ['create', 'secret', 'tls', teamSecret, ...files]);
    },
    () => `kept in Secret ${teamIssuer.namespace}/${teamSecret}`,
  );

  const untilReady = async (resource: Resource<Issuer>, key: ObjectKey): Promise<string> =>
    await account.step(
      `${resource.kind} ${keyText(key)} is Ready`,
      async () =>
        await eventually(`${resource.kind} ${keyText(key)} is Ready`, async () => {
          const ready = findCondition((await admin.get(resource, key)).status?.conditions, 'Ready');
          return ready?.status === 'True' && wrapText(`${ready.reason}: ${ready.message}`, '    ');
        }),
    );
  account.say(account.dim(await untilReady(externalClusterIssuers, { name: clusterIssuer })));
  account.say(account.dim(await untilReady(externalIssuers, teamIssuer)));
}

/** Third chapter: Certificates, and who did what until each was Ready. */
export async function issueCertificates(account: Account, started: Started): Promise<readonly Issuance[]> {
  account.heading('3. Three Certificates');
  account.say(wrapText(course, '  '));
  const { plane, admin } = started;
  await account.step('kubectl apply -f scripts/demo/certificates.yaml', async () => {
    await mustKubectl(plane.kubectl, ['apply', '--server-side', `--filename=${certificatesFile}`]);
  });
  const keys = await demoCertificates();
  const issuances = await account.step('all are Ready', async () => await untilAll(started, keys));
  const facts = await Promise.all(issuances.map(async (issuance) => await factsOf(admin, issuance)));
  account.say(`\n${layOutTable(rowsOf(facts), account.bold)}\n`);
  account.say(account.dim(wrapText(writersText(facts), '  ')));
  return issuances;
}

const course =
  'For each, cert-manager makes a key and a CertificateRequest, and approves it. The controller has the CSR signed by the ' +
  "issuer's CA, checks what came back and writes it to the request's status. cert-manager then fills the Secret: tls.key, " +
  'tls.crt (the certificate and those above it) and ca.crt (whom to trust).';

function writersText(facts: readonly Facts[]): string {
  const approvals = new Set(facts.map(({ approvalWriter }) => approvalWriter));
  const certificates = new Set(facts.map(({ certificateWriter }) => certificateWriter));
  return (
    `By the API server's records, the approvals were written by ${[...approvals].join(' and ')} (deploy/rbac.yaml lets ` +
    `cert-manager approve for our issuers), the certificates by ${[...certificates].join(' and ')}.`
  );
}

async function untilAll({ controller, watch }: Started, keys: readonly ObjectKey[]): Promise<readonly Issuance[]> {
  const died = controller.ended.then((code) => {
    throw new Error(`the controller ended with ${code === null ? 'a signal' : `code ${code}`}`);
  });
  return await Promise.race([Promise.all(keys.map(async (key) => await untilIssued(watch, key, 1))), died]);
}
