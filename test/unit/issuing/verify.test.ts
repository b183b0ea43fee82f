import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { opensslCsr } from '../x509/tools.ts';
import { createOpensslCA } from './support/openssl-ca.ts';
import { createVerifyLab, sans, subject, usual, type VerifyLab } from './support/verify-lab.ts';
import { now } from './support/views.ts';

const minute = 60_000;
const day = 86_400_000;

let lab: VerifyLab;
before(() => {
  lab = createVerifyLab();
});
after(() => lab.close());

interface Refusal {
  readonly what: string;
  readonly chain: () => string;
  readonly code: string;
  readonly words: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    what: 'an answer without a certificate',
    chain: () => 'Your request was accepted.',
    code: 'ChainEmpty',
    words: /no certificate/,
  },
  {
    what: 'a certificate of another key',
    chain: () => lab.leaf({}, opensslCsr({ subject, extensions: sans })),
    code: 'ChainKeyMismatch',
    words: /public key of the CSR/,
  },
  {
    what: 'a certificate that lacks a name that was asked for',
    chain: () => lab.leaf({ extensions: 'subjectAltName = DNS:a.example' }),
    code: 'SanMissing',
    words: /not in it: IP:192\.0\.2\.7\. Compare the CA's profile/,
  },
  {
    what: 'a certificate without any alternative name',
    chain: () => lab.leaf({ extensions: usual }),
    code: 'SanMissing',
    words: /DNS:a\.example, IP:192\.0\.2\.7/,
  },
  {
    what: 'a CA certificate that nobody asked for',
    chain: () => lab.leaf({ extensions: `${sans}\nbasicConstraints = critical, CA:TRUE` }),
    code: 'UnaskedCA',
    words: /is a CA certificate/,
  },
  {
    what: 'a group of administrators that nobody asked for',
    chain: () => lab.leaf({}, opensslCsr({ key: lab.key, subject: 'O = system:masters\nCN = a.example', extensions: sans })),
    code: 'UnaskedGroup',
    words: /O=system:masters, and that was not asked for/,
  },
  {
    what: 'a certificate that has expired',
    chain: () => lab.leaf({ notBefore: now - day, notAfter: now - 1000 }),
    code: 'CertificateExpired',
    words: /expired at 2027-01-15T07:59:59/,
  },
  {
    what: 'a certificate that becomes valid in six minutes',
    chain: () => lab.leaf({ notBefore: now + 6 * minute }),
    code: 'NotYetValid',
    words: /refused: it is valid only from 2027-01-15T08:06:00/,
  },
  {
    what: 'a chain with a certificate that belongs to no path',
    chain: () => lab.leaf() + createOther(),
    code: 'ChainBroken',
    words: /"CN=Openssl root" is neither/,
  },
];

function createOther(): string {
  const other = createOpensslCA();
  try {
    return other.rootPem;
  } finally {
    other.close();
  }
}

describe('verifyIssued', () => {
  for (const { what, chain, code, words } of refusals) {
    test(`refuses ${what}, for good`, () => {
      const { message, ...problem } = lab.refusedFor(chain());
      assert.deepEqual(problem, { code });
      assert.match(message, words);
    });
  }

  test('waits for a certificate that becomes valid in under five minutes', () => {
    const { code, afterMs, message } = lab.refusedFor(lab.leaf({ notBefore: now + 4 * minute }));
    assert.equal(code, 'NotYetValid');
    assert.equal(afterMs, 4 * minute);
    assert.match(message, /becomes valid in 4m and is kept/);
  });

  test('refuses what waiting does not mend before it waits', () => {
    const { code, afterMs } = lab.refusedFor(lab.leaf({ notBefore: now + minute, extensions: usual }));
    assert.equal(code, 'SanMissing');
    assert.equal(afterMs, undefined);
  });

  test('puts the chain in order, without duplicates and carriage returns, and the root only into ca', () => {
    const own = lab.leaf();
    const messy = `${lab.ca.rootPem}${own}\r\n${lab.ca.intermediatePem}${lab.ca.rootPem}`.replaceAll('\n', '\r\n').trimEnd();
    const { chain } = lab.accepted(messy);
    assert.equal(chain.chainPem, own + lab.ca.intermediatePem);
    assert.equal(chain.caPem, lab.ca.rootPem);
  });

  test('takes the root from what the CA names as its own', () => {
    const own = lab.leaf();
    const { chain } = lab.accepted(own + lab.ca.intermediatePem, lab.wanted(), lab.ca.rootPem);
    assert.deepEqual([chain.chainPem, chain.caPem], [own + lab.ca.intermediatePem, lab.ca.rootPem]);
  });

  test('names the highest certificate as ca where there is no root, and keeps it in the chain', () => {
    const own = lab.leaf();
    const { chain } = lab.accepted(own + lab.ca.intermediatePem);
    assert.deepEqual([chain.chainPem, chain.caPem], [own + lab.ca.intermediatePem, lab.ca.intermediatePem]);
  });

  test('has no ca for a lone leaf', () => {
    const own = lab.leaf();
    const { chain } = lab.accepted(own);
    assert.deepEqual([chain.chainPem, chain.caPem], [own, '']);
  });
});
