import { z } from 'zod';
import type { Clock } from '../../../src/lib/clock.ts';
import { decodePem } from '../../../src/x509/pem.ts';
import type { ServedRequest } from '../https-server.ts';
import { createStandInAuthority, type StandInAuthority } from './authority.ts';
import { readJson, type Route, type StandIn, type StandInReply, startStandIn } from './stand-in.ts';

/** A stand-in for EJBCA's REST API with one CA, one certificate profile and one end entity profile. */
export interface EjbcaStandIn extends StandIn {
  readonly certificateAuthorityName: string;
  readonly certificateProfileName: string;
  readonly endEntityProfileName: string;
  readonly rootPem: string;
}

const names = { authority: 'ManagementCA', certificateProfile: 'SERVER', endEntityProfile: 'ServerEndEntity' };
const lifetimeSeconds = 90 * 24 * 3600;
const extension = z.strictObject({ name: z.string(), value: z.string() });

const enrollRequest = z.strictObject({
  certificate_request: z.string().min(1),
  certificate_profile_name: z.string().min(1),
  end_entity_profile_name: z.string().min(1),
  certificate_authority_name: z.string().min(1),
  username: z.string().min(1),
  password: z.string(),
  account_binding_id: z.string().optional(),
  include_chain: z.boolean().optional(),
  email: z.string().optional(),
  // The others of EJBCA's formats change the form of the answer; they are not part of this stand-in.
  response_format: z.literal('DER').optional(),
  subject_dn: z.string().optional(),
  extension_data: z.array(extension).optional(),
  custom_data: z.array(extension).optional(),
  start_time: z.string().optional(),
  end_time: z.string().optional(),
});

function refusal(status: number, reason: string): StandInReply {
  return { status, body: { error_code: status, error_message: reason }, refusal: reason };
}

function base64Der(pem: string): string {
  const blocks = decodePem(pem);
  return Buffer.from((blocks.ok ? blocks.value[0]?.der : undefined) ?? []).toString('base64');
}

/** The CSR of a request: PEM, or its base64 without the lines that begin and end it. */
function csrOf(text: string): string | Uint8Array {
  return text.includes('-----BEGIN') ? text : new Uint8Array(Buffer.from(text, 'base64'));
}

async function enroll(request: ServedRequest, authority: StandInAuthority): Promise<StandInReply> {
  const read = readJson(request, enrollRequest);
  if (!read.ok) return refusal(400, read.error);
  const asked = read.value;
  if (asked.certificate_authority_name !== names.authority)
    return refusal(404, `CA with name ${asked.certificate_authority_name.slice(0, 40)} doesn't exist.`);
  if (asked.certificate_profile_name !== names.certificateProfile)
    return refusal(400, 'Certificate profile does not exist, or no authorization for it.');
  if (asked.end_entity_profile_name !== names.endEntityProfile)
    return refusal(400, 'End entity profile does not exist, or no authorization for it.');
  const issued = await authority.sign(csrOf(asked.certificate_request), lifetimeSeconds);
  if (!issued.ok) return refusal(400, issued.error);
  const chain = [authority.issuingPem, authority.rootPem].map(base64Der);
  return {
    status: 201,
    body: {
      certificate: base64Der(issued.value.certificatePem),
      serial_number: issued.value.serialHex.toUpperCase(),
      response_format: 'DER',
      ...(asked.include_chain ? { certificate_chain: chain } : {}),
      certificate_profile: names.certificateProfile,
      end_entity_profile: names.endEntityProfile,
    },
  };
}

const reasons = [
  'NOT_REVOKED',
  'UNSPECIFIED',
  'KEY_COMPROMISE',
  'CA_COMPROMISE',
  'AFFILIATION_CHANGED',
  'SUPERSEDED',
  'CESSATION_OF_OPERATION',
  'CERTIFICATE_HOLD',
  'REMOVE_FROM_CRL',
  'PRIVILEGES_WITHDRAWN',
  'AA_COMPROMISE',
];

function revoke({ query }: ServedRequest, issuer: string, serial: string, { subject }: StandInAuthority): StandInReply {
  const reason = query.get('reason') ?? '';
  if (decodeURIComponent(issuer) !== subject) return refusal(404, 'there is no such CA');
  if (!/^[0-9A-Fa-f]+$/.test(serial)) return refusal(400, 'Invalid serial number');
  if (!reasons.includes(reason)) return refusal(400, 'Invalid revocation reason.');
  const body = { issuer_dn: subject, serial_number: serial, revocation_reason: reason, revoked: true, message: '' };
  return { status: 200, body };
}

/**
 * Starts a stand-in for EJBCA's REST API, by its OpenAPI description: every operation asks for the client certificate, and
 * fields that are not in the description are refused.
 */
export async function startEjbca(options: { readonly clock: Pick<Clock, 'now'> }): Promise<EjbcaStandIn> {
  const authority = await createStandInAuthority(options.clock);
  const withCertificate =
    (answer: Route['answer']): Route['answer'] =>
    async (request, path) =>
      request.clientCertificate === undefined
        ? refusal(403, 'Client certificate or OAuth bearer token required.')
        : await answer(request, path);
  const base = '^/ejbca/ejbca-rest-api/v1/certificate';
  const standIn = await startStandIn({
    routes: [
      {
        methods: ['GET'],
        path: new RegExp(`${base}/status$`),
        answer: withCertificate(async () => ({ status: 200, body: { status: 'OK', version: '1.0', revision: 'ALPHA' } })),
      },
      {
        methods: ['POST'],
        path: new RegExp(`${base}/pkcs10enroll$`),
        answer: withCertificate(async (request) => await enroll(request, authority)),
      },
      {
        methods: ['PUT'],
        path: new RegExp(`${base}/([^/]+)/([^/]+)/revoke$`),
        answer: withCertificate(async (request, path) => revoke(request, path[1] ?? '', path[2] ?? '', authority)),
      },
    ],
    errorBody: (status, reason) => ({ error_code: status, error_message: reason }),
  });
  return {
    ...standIn,
    certificateAuthorityName: names.authority,
    certificateProfileName: names.certificateProfile,
    endEntityProfileName: names.endEntityProfile,
    rootPem: authority.rootPem,
  };
}
