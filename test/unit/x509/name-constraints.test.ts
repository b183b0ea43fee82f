import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../../src/lib/clock.ts';
import type { CertificateAuthority } from '../../../src/signers/mock-ca/authority.ts';
import { loadAuthority } from '../../../src/signers/mock-ca/load.ts';
import type { Csr } from '../../../src/x509/csr.ts';
import { issued, verify } from './ca-tools.ts';
import { buildCsr, extension, goodCsr, openssl, opensslCsr } from './tools.ts';

const keyPem = openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']);

/** A root with name constraints, made by openssl; further lines are sections the constraints refer to. */
function constrained(constraints: string, sections = ''): ReturnType<typeof loadAuthority> {
  const extensions = `basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nnameConstraints=critical,${constraints}`;
  const config = `[req]\nprompt=no\ndistinguished_name=dn\n[dn]\nCN=Constrained\n[ext]\n${extensions}\n${sections}`;
  const args = ['req', '-x509', '-config', 'c', '-extensions', 'ext', '-key', 'k', '-days', '30'];
  return loadAuthority({ certificatePem: openssl(args, { c: config, k: keyPem }), keyPem }, { clock: systemClock });
}

function opened(constraints: string, sections?: string): CertificateAuthority {
  const loaded = constrained(constraints, sections);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.error.message);
  return loaded.value;
}

function csrOf(names: string, subject = 'O = Example'): Csr {
  return goodCsr(opensslCsr({ subject, ...(names === '' ? {} : { extensions: `subjectAltName = ${names}` }) }));
}

interface Case {
  readonly constraints: string;
  readonly inside: readonly string[];
  readonly outside: readonly string[];
}

const cases: readonly Case[] = [
  {
    constraints: 'permitted;DNS:example.com',
    inside: ['DNS:example.com', 'DNS:a.b.Example.com', 'DNS:*.example.com', 'IP:192.0.2.1', 'email:a@other.org'],
    outside: ['DNS:badexample.com', 'DNS:com', 'DNS:*.com', 'DNS:a.example.com,DNS:example.org'],
  },
  { constraints: 'permitted;DNS:a.com,permitted;DNS:b.com', inside: ['DNS:a.com,DNS:x.b.com'], outside: ['DNS:c.com'] },
  {
    constraints: 'excluded;DNS:bad.example.com',
    inside: ['DNS:example.com', 'DNS:notbad.example.com', 'DNS:*.good.example.com'],
    outside: ['DNS:bad.example.com', 'DNS:x.BAD.example.com', 'DNS:*.bad.example.com'],
  },
  {
    constraints: 'permitted;DNS:example.com,excluded;DNS:bad.example.com',
    inside: ['DNS:good.example.com'],
    outside: ['DNS:bad.example.com', 'DNS:example.org'],
  },
  {
    constraints: 'permitted;IP:10.0.0.0/255.0.0.0',
    inside: ['IP:10.1.2.3', 'DNS:a.example'],
    outside: ['IP:11.0.0.1', 'IP:2001:db8::1'],
  },
  {
    constraints: 'excluded;IP:2001:db8:0:0:0:0:0:0/ffff:ffff:0:0:0:0:0:0',
    inside: ['IP:2001:db9::1', 'IP:32.1.13.184'],
    outside: ['IP:2001:db8::1'],
  },
  {
    constraints: 'permitted;email:example.com',
    inside: ['email:a@Example.com'],
    outside: ['email:a@b.example.com', 'email:a@example.org'],
  },
  { constraints: 'permitted;email:.example.com', inside: ['email:a@b.example.com'], outside: ['email:a@example.com'] },
  { constraints: 'excluded;email:a@example.com', inside: ['email:b@example.com'], outside: ['email:a@EXAMPLE.com'] },
  {
    constraints: 'permitted;URI:example.com',
    inside: ['URI:https://Example.com:8443/x', 'URI:spiffe://example.com/ns/a'],
    outside: ['URI:https://a.example.com/', 'URI:https://example.com.evil.org/', 'URI:urn:a:b', 'URI:https://192.0.2.1/'],
  },
  {
    constraints: 'excluded;URI:.example.com',
    inside: ['URI:https://example.com/'],
    outside: ['URI:https://a.example.com/', 'URI:https://u@a.example.com', 'URI:urn:a:b'],
  },
];

describe('a CA with name constraints', () => {
  for (const { constraints, inside, outside } of cases) {
    const ca = opened(constraints);
    for (const names of inside) {
      test(`${constraints}: signs ${names}, as openssl has it`, async () => {
        assert.equal(verify(await issued(ca, { csr: csrOf(names) })), 'leaf.pem: OK');
      });
    }
    for (const names of outside) {
      test(`${constraints}: refuses ${names}`, async () => {
        const refused = await ca.issue({ csr: csrOf(names), durationSeconds: 60, usages: [], isCA: false });
        assert.ok(!refused.ok);
        assert.equal(refused.error.code, 'NameNotPermitted');
        assert.match(
          refused.error.message,
          /^The (DNS name|IP address|email address|URI) ".+" is .* name constraints of the CA .*\.$/,
        );
      });
    }
  }

  const others: readonly {
    readonly what: string;
    readonly ca: () => CertificateAuthority;
    readonly csr: () => Csr;
    readonly words: RegExp;
  }[] = [
    {
      what: 'a wildcard that stands for an excluded name',
      ca: () => opened('excluded;DNS:bad.example.com'),
      csr: () => csrOf('DNS:*.example.com'),
      words: /DNS name "\*\.example\.com" is excluded .*\("bad\.example\.com"\)/,
    },
    {
      what: 'an excluded name with a dot at its end',
      ca: () => opened('excluded;DNS:example.com,excluded;URI:example.com'),
      csr: () => csrOf('URI:https://example.com./'),
      words: /URI .* is excluded/,
    },
    {
      what: 'a common name that looks like a DNS name, where there is none',
      ca: () => opened('permitted;DNS:example.com'),
      csr: () => csrOf('', 'CN = a.example.org'),
      words: /DNS name "a\.example\.org" is outside of .*\("example\.com"\)/,
    },
    {
      what: 'an email address in the subject',
      ca: () => opened('permitted;email:example.com'),
      csr: () => csrOf('DNS:a.example', 'emailAddress = a@example.org'),
      words: /email address "a@example\.org" is outside/,
    },
    {
      what: 'a subject outside of the directory permitted',
      ca: () => opened('permitted;dirName:dir', '[dir]\nO=Example'),
      csr: () => csrOf('DNS:a.example', 'O = Other'),
      words: /name "O=Other" is outside of .*\("O=Example"\)/,
    },
    {
      what: 'a name of a type whose constraints are not read',
      ca: () => opened('permitted;RID:1.2.3'),
      csr: () => csrOf('RID:1.2.3.4'),
      words: /otherName ".*" is outside of .*\("a type that is not read"\)/,
    },
    {
      what: 'a directory name that cannot be read',
      ca: () => opened('permitted;DNS:example.com'),
      csr: () => goodCsr(buildCsr({ extensions: [extension('2.5.29.17', '3004a4020500')] })),
      words: /cannot be held against the name constraints/,
    },
  ];
  for (const { what, ca, csr, words } of others) {
    test(`refuses ${what}`, async () => {
      const refused = await ca().issue({ csr: csr(), durationSeconds: 60, usages: [], isCA: false });
      assert.ok(!refused.ok);
      assert.equal(refused.error.code, 'NameNotPermitted');
      assert.match(refused.error.message, words);
    });
  }

  test('compares directory names without regard to case and spaces, and lets further parts follow', async () => {
    const ca = opened('permitted;dirName:dir', '[dir]\nC=DE\nO=An Example');
    const certificate = await issued(ca, { csr: csrOf('DNS:a.example', 'C = DE\nO = an  example\nCN = a') });
    assert.equal(verify(certificate), 'leaf.pem: OK');
  });

  test('refuses its own name constraints where it cannot read them', () => {
    const loaded = constrained('DER:3009a007300587030a0b0c');
    assert.ok(!loaded.ok);
    assert.equal(loaded.error.file, 'certificate');
    assert.match(loaded.error.message, /name constraint.*; use a CA certificate with other name constraints/);
  });
});
