import { Agent } from 'undici';
import { certificateRequests } from '../../src/api/resources.ts';
import type { World } from '../../test/e2e/support/world.ts';
import type { BenchCa, BenchCaFiles } from '../mock-ca.ts';
import { defaultInFlight, signBody } from '../pki-issuer.ts';
import { condition, forEachName, namesOf, requestObject, writeStatus } from '../requests.ts';

/** What is possible without a controller, with as many requests at the CA at once as an issuer has. */
export interface CaLimit {
  /** Certificates a second that the CA alone gives. */
  readonly signaturesPerSecond: number;
  /** The same where each is followed by one status write: what CA, API server and machine allow together. */
  readonly signedAndWrittenPerSecond: number;
}

/** Requests with which the CA's code is made warm. */
const warmUp = 200;

/** Drives the CA, and then CA and API server together, by a plain HTTP client. */
export async function caLimit(
  { admin }: World,
  files: BenchCaFiles,
  ca: BenchCa,
  csr: string,
  count: number,
): Promise<CaLimit> {
  const agent = new Agent({ connections: defaultInFlight, connect: { ca: files.certificatePem } });
  const body = JSON.stringify(signBody(Buffer.from(csr, 'base64').toString(), 90));
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${files.token}` };
  const sign = async (): Promise<string> => {
    const answer = await agent.request({ origin: ca.url, path: '/sign', method: 'POST', headers, body });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`the mock CA answered ${answer.statusCode}: ${text.slice(0, 200)}`);
    return (JSON.parse(text) as { readonly certificate: string }).certificate;
  };
  try {
    await forEachName(namesOf('warm', warmUp), sign, defaultInFlight);
    const signMs = await forEachName(namesOf('sign', count), sign, defaultInFlight);
    const names = namesOf('by-hand', count);
    const nobody = { group: 'nobody.example.com' };
    await forEachName(names, async (name) => await admin.create(certificateRequests, requestObject(name, csr, nobody)));
    const signAndWrite = async (name: string): Promise<void> => {
      const certificate = Buffer.from(await sign()).toString('base64');
      await writeStatus(admin, name, { conditions: [condition('Ready', 'Issued', 'x')], certificate, ca: certificate });
    };
    const bothMs = await forEachName(names, signAndWrite, defaultInFlight);
    return { signaturesPerSecond: (count * 1000) / signMs, signedAndWrittenPerSecond: (count * 1000) / bothMs };
  } finally {
    await agent.close();
  }
}
