import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { missingSans, noSans, type SubjectAltNames } from '../../../src/x509/san.ts';

function sans(names: Partial<SubjectAltNames>): SubjectAltNames {
  return { ...noSans, ...names };
}

const upn = { oid: '1.3.6.1.4.1.311.20.2.3', value: new Uint8Array([12, 1, 97]) };

describe('missingSans', () => {
  const cases: readonly {
    readonly what: string;
    readonly wanted: Partial<SubjectAltNames>;
    readonly got: Partial<SubjectAltNames>;
    readonly missing: readonly string[];
  }[] = [
    { what: 'finds nothing among none', wanted: {}, got: {}, missing: [] },
    {
      what: 'is content with more than was asked for',
      wanted: { dns: ['a'] },
      got: { dns: ['b', 'a'], ip: ['::1'] },
      missing: [],
    },
    { what: 'knows that DNS names have no case', wanted: { dns: ['A.Example'] }, got: { dns: ['a.eXample'] }, missing: [] },
    { what: 'does not take a wildcard for a name', wanted: { dns: ['a.b'] }, got: { dns: ['*.b'] }, missing: ['DNS:a.b'] },
    {
      what: 'compares the domain of an address without case',
      wanted: { email: ['Jo@A.example'] },
      got: { email: ['Jo@a.example'] },
      missing: [],
    },
    {
      what: 'compares the rest of an address with case',
      wanted: { email: ['Jo@a'] },
      got: { email: ['jo@a'] },
      missing: ['email:Jo@a'],
    },
    {
      what: 'compares URIs as they are',
      wanted: { uri: ['spiffe://A'] },
      got: { uri: ['spiffe://a'] },
      missing: ['URI:spiffe://A'],
    },
    { what: 'does not mix types', wanted: { ip: ['10.0.0.1'] }, got: { dns: ['10.0.0.1'] }, missing: ['IP:10.0.0.1'] },
    {
      what: 'compares other names by type and value',
      wanted: { otherName: [upn, { ...upn, oid: '1.2' }] },
      got: { otherName: [{ ...upn }] },
      missing: ['otherName:1.2:0c0161'],
    },
    {
      what: 'compares names of other types by their bytes',
      wanted: { unsupported: ['registeredID:88012a'] },
      got: {},
      missing: ['registeredID:88012a'],
    },
  ];
  for (const { what, wanted, got, missing } of cases) {
    test(what, () => {
      assert.deepEqual(missingSans(sans(wanted), sans(got)), missing);
    });
  }
});
