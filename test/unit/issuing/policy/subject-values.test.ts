import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkRequest } from '../../../../src/issuing/check-request.ts';
import { policyProblem } from '../../../../src/issuing/policy/check-policy.ts';
import { buildCsr } from '../../x509/tools.ts';
import { now, requestField, requestView } from '../support/views.ts';
import { rulesOf } from './support/subjects.ts';

/** ASN.1 tags of strings (X.680 section 8.4). */
const tags = { utf8: 12, printable: 19, t61: 20, ia5: 22, visible: 26, universal: 28, bmp: 30, octets: 4 };
type StringType = keyof typeof tags;
/** DER of the attribute types of X.520. */
const organizationOid = '060355040a';
const commonNameOid = '0603550403';

function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  assert.ok(content.length < 128);
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}

function encoded(type: StringType, text: string): Buffer {
  if (type === 'bmp') return Buffer.from(text, 'utf16le').swap16();
  if (type === 'universal') return Buffer.from(Array.from(text).flatMap((each) => [0, 0, 0, each.charCodeAt(0)]));
  return Buffer.from(text);
}

/** A name of one attribute. */
function nameOf(oid: string, type: StringType, text: string): Uint8Array {
  return der(0x30, der(0x31, der(0x30, Buffer.from(oid, 'hex'), der(tags[type], encoded(type, text)))));
}

function problemOf(subject: Uint8Array, policy: Parameters<typeof policyProblem>[2]): string | undefined {
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(buildCsr({ subject })).toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  const request = requestView({ csr: requestField(pem) });
  const checked = checkRequest(request, now);
  return policyProblem(request, checked.ok ? checked.value : assert.fail(checked.error.message), policy)?.code;
}

const closed = { allowSystemMasters: false };

describe('the organization system:masters', () => {
  for (const type of Object.keys(tags) as StringType[]) {
    test(`is refused as ${type}, unless the issuer allows it`, () => {
      const subject = nameOf(organizationOid, type, 'system:masters');
      assert.equal(problemOf(subject, closed), 'SystemMastersRefused');
      assert.equal(problemOf(subject, { allowSystemMasters: true }), undefined);
    });
  }

  test('is refused with the terminator that Go leaves out of a BMPString', () => {
    assert.equal(problemOf(nameOf(organizationOid, 'bmp', 'system:masters\0'), closed), 'SystemMastersRefused');
  });
});

describe('a value of the subject', () => {
  const rules = [...rulesOf({ allow: { subject: { commonName: ['*@example.com', '*'], organization: ['*'] } } })];
  const cases: readonly (readonly [what: string, type: StringType, text: string, allowed: boolean])[] = [
    ['text of each kind', 'bmp', 'jane@example.com', true],
    ['text of each kind', 't61', 'jane@example.com', true],
    ['a NUL, which ends the name for some', 'utf8', 'admin\0@example.com', false],
    ['a NUL, which ends the name for some', 'bmp', 'admin\0@example.com', false],
    ['a line end', 'ia5', 'admin\n@example.com', false],
    ['octets that are no string', 'octets', 'jane@example.com', false],
  ];
  for (const [what, type, text, allowed] of cases) {
    test(`${allowed ? 'may' : 'may not'} be ${what} (${type}) where a star allows any`, () => {
      const problem = problemOf(nameOf(commonNameOid, type, text), { allowSystemMasters: false, rules });
      assert.equal(problem, allowed ? undefined : 'PolicyViolation');
    });
  }
});
