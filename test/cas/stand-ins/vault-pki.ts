import { z } from 'zod';
import type { Clock } from '../../../src/lib/clock.ts';
import { parseGoDuration } from '../../../src/lib/duration.ts';
import type { Issuance } from '../../../src/signers/ca/issuing.ts';
import { decodePem } from '../../../src/x509/pem.ts';
import type { ServedRequest } from '../https-server.ts';
import type { StandInAuthority } from './authority.ts';
import { readJson, type Route, type StandInReply } from './stand-in.ts';
import { vaultAnswer, vaultRefusal } from './vault-reply.ts';

/** The CA of a stand-in for Vault, with one role. */
export interface VaultAuthority {
  readonly authority: StandInAuthority;
  readonly role: string;
  readonly maxTtlSeconds: number;
  readonly clock: Pick<Clock, 'now'>;
}

const defaultTtlSeconds = 2 * 3600;

const signRequest = z.strictObject({
  csr: z.string(),
  common_name: z.string().optional(),
  alt_names: z.string().optional(),
  ip_sans: z.string().optional(),
  uri_sans: z.string().optional(),
  other_sans: z.string().optional(),
  user_ids: z.string().optional(),
  serial_number: z.string().optional(),
  ttl: z.union([z.string(), z.int().nonnegative()]).optional(),
  not_after: z.iso.datetime().optional(),
  format: z.enum(['pem', 'der', 'pem_bundle']).optional(),
  exclude_cn_from_sans: z.boolean().optional(),
  remove_roots_from_chain: z.boolean().optional(),
});

const revokeRequest = z.strictObject({ serial_number: z.string().regex(/^[0-9a-f]{2}([:-][0-9a-f]{2})*$/) });

/** Seconds of a lifetime as Vault reads it: seconds, as a number or text, or a duration of Go. */
function secondsOf(ttl: string | number): number | undefined {
  if (typeof ttl === 'number' || /^\d+$/.test(ttl)) return Number(ttl);
  const read = parseGoDuration(ttl);
  return read.ok ? Math.round(read.value / 1000) : undefined;
}

function withColons(hex: string): string {
  return (hex.length % 2 === 0 ? hex : `0${hex}`).replaceAll(/..(?=.)/g, '$&:');
}

function signed(
  issued: Issuance,
  { authority }: VaultAuthority,
  { format = 'pem', remove_roots_from_chain = false }: z.output<typeof signRequest>,
  warnings: readonly string[],
): StandInReply {
  const text = (pem: string) => {
    if (format !== 'der') return pem.trimEnd();
    const blocks = decodePem(pem);
    return Buffer.from((blocks.ok ? blocks.value[0]?.der : undefined) ?? []).toString('base64');
  };
  const above = [authority.issuingPem, ...(remove_roots_from_chain ? [] : [authority.rootPem])].map(text);
  const leaf = text(issued.certificatePem);
  const data = {
    ca_chain: above,
    certificate: format === 'pem_bundle' ? [leaf, ...above].join('\n') : leaf,
    expiration: Math.floor(issued.notAfter / 1000),
    issuing_ca: text(authority.issuingPem),
    serial_number: withColons(issued.serialHex),
  };
  return vaultAnswer(data, { warnings: warnings.length === 0 ? null : warnings, mount_type: 'pki' });
}

async function sign(ca: VaultAuthority, request: ServedRequest, role: string): Promise<StandInReply> {
  if (role !== ca.role) return vaultRefusal(400, `unknown role: ${role.slice(0, 40)}`);
  const read = readJson(request, signRequest);
  if (!read.ok) return vaultRefusal(400, read.error);
  const { csr, ttl = defaultTtlSeconds, not_after } = read.value;
  if (csr === '') return vaultRefusal(400, '"csr" is empty');
  if (!csr.includes('-----BEGIN')) return vaultRefusal(400, 'csr contains no data');
  if (not_after !== undefined && read.value.ttl !== undefined)
    return vaultRefusal(400, 'Either ttl or not_after should be provided. Both should not be provided in the same request.');
  const asked = not_after === undefined ? secondsOf(ttl) : Math.round((Date.parse(not_after) - ca.clock.now()) / 1000);
  if (asked === undefined || asked < 0) return vaultRefusal(400, 'error converting input for field "ttl"');
  const wanted = asked === 0 ? defaultTtlSeconds : asked;
  const seconds = Math.min(wanted, ca.maxTtlSeconds);
  const cut = `TTL "${wanted}s" is longer than permitted maxTTL "${ca.maxTtlSeconds}s", so maxTTL is being used`;
  const issued = await ca.authority.sign(csr, seconds);
  if (!issued.ok) return vaultRefusal(400, `certificate request could not be parsed: ${issued.error}`);
  return signed(issued.value, ca, read.value, seconds < wanted ? [cut] : []);
}

/** The operations of the secrets engine at `pki`. */
export function vaultPki(ca: VaultAuthority, isGood: (request: ServedRequest) => boolean): readonly Route[] {
  const withToken =
    (answer: Route['answer']): Route['answer'] =>
    async (request, path) =>
      isGood(request) ? await answer(request, path) : vaultRefusal(403, 'permission denied');
  const { issuingPem, rootPem } = ca.authority;
  return [
    {
      methods: ['POST', 'PUT'],
      path: /^\/v1\/pki\/sign\/([^/]+)$/,
      answer: withToken(async (request, path) => await sign(ca, request, path[1] ?? '')),
    },
    {
      methods: ['POST', 'PUT'],
      path: /^\/v1\/pki\/revoke$/,
      answer: withToken(async (request) => {
        const read = readJson(request, revokeRequest);
        const revocation_time = Math.floor(ca.clock.now() / 1000);
        return read.ok ? vaultAnswer({ revocation_time, state: 'revoked' }) : vaultRefusal(400, read.error);
      }),
    },
    { methods: ['GET'], path: /^\/v1\/pki\/ca\/pem$/, answer: async () => ({ status: 200, body: issuingPem }) },
    { methods: ['GET'], path: /^\/v1\/pki\/ca_chain$/, answer: async () => ({ status: 200, body: issuingPem + rootPem }) },
  ];
}
