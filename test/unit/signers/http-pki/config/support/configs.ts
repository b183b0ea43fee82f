import assert from 'node:assert/strict';
import { parseFields } from '../../../../../../src/lib/fields.ts';
import { pkiSchema, type PkiConfig } from '../../../../../../src/signers/http-pki/schema/schema.ts';

/** A block as it is written. */
export type Written = Readonly<Record<string, unknown>>;

/** The least that signs. */
export const least: Written = {
  baseUrl: 'https://pki.example.com/api',
  steps: [{ name: 'sign', url: '/sign', body: { json: { csr: '{{ csr.pem }}' } } }],
};

/** A block parsed by the schema, which it must pass. */
export function parsePki(written: Written): PkiConfig {
  const parsed = parseFields(pkiSchema, written, 'pki');
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.join('; '));
  return parsed.value;
}
