import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { durationAnnotation, isCaAnnotation, type CertificateSigningRequest } from '../../../src/api/signing-request.ts';
import { decodeRequest } from '../../../src/cli/csr/decode.ts';
import { remarksOn } from '../../../src/cli/csr/remarks.ts';
import { now, requestField } from '../issuing/support/views.ts';
import { opensslCsr, type OpensslCsr, rsa } from '../x509/tools.ts';
import { signingRequest } from './support/scripted-cluster.ts';

type Spec = Partial<CertificateSigningRequest['spec']>;

/** A request of jane's for that CSR. */
function asking(csr: OpensslCsr, spec: Spec = {}, annotations: Record<string, string> = {}): CertificateSigningRequest {
  return signingRequest({}, { request: requestField(opensslCsr(csr)), ...spec }, { annotations });
}

const jane: OpensslCsr = { subject: 'CN = jane\nO = developers' };
const apiServerClient = { signerName: 'kubernetes.io/kube-apiserver-client' };
const [year, tenYears] = [366 * 86_400, 3660 * 86_400];

describe('what is remarked of a request', () => {
  const cases: readonly [what: string, request: CertificateSigningRequest, remarks: readonly string[]][] = [
    ['of the usual kind', asking(jane), []],
    ['for the administrators', asking({ subject: 'CN = jane\nO = system:masters' }), ['dangerous SystemMasters']],
    ['for a group of Kubernetes', asking({ subject: 'CN = jane\nO = system:nodes' }), ['dangerous SystemGroup']],
    [
      'for a user of Kubernetes',
      asking({ subject: 'CN = system:kube-scheduler' }),
      ['dangerous SystemUser', 'unusual OtherUser'],
    ],
    [
      'with a second CN, which is who the API server sees',
      asking({ subject: '0.CN = jane\n1.CN = system:admin' }),
      ['dangerous SystemUser', 'unusual SeveralNames', 'unusual OtherUser'],
    ],
    ['for a group that its requester is not in', asking({ subject: 'CN = jane\nO = payroll' }), ['unusual OtherGroup']],
    [
      'for the administrators of kubeadm',
      asking({ subject: 'CN = jane\nO = kubeadm:cluster-admins' }),
      ['dangerous SystemGroup'],
    ],
    [
      'for the administrator of kubeadm',
      asking({ subject: 'CN = kubernetes-admin' }),
      ['dangerous SystemUser', 'unusual OtherUser'],
    ],
    ['for somebody else', asking({ subject: 'CN = eve' }), ['unusual OtherUser']],
    ['for a server, by anybody', asking({ subject: 'CN = web' }, { usages: ['server auth'] }), []],
    ['with a CA flag', asking({ ...jane, extensions: 'basicConstraints = critical, CA:TRUE' }), ['dangerous CA']],
    ['for a CA by its annotation', asking(jane, {}, { [isCaAnnotation]: 'true' }), ['dangerous CA']],
    [
      'with an extension that a CA may obey and nobody is shown',
      asking({ ...jane, extensions: '1.3.6.1.4.1.311.20.2 = ASN1:BMPSTRING:Admin' }),
      ['dangerous UnreadPart'],
    ],
    ['for the usage of CAs', asking(jane, { usages: ['cert sign'] }), ['dangerous CAUsage']],
    ['for every usage', asking(jane, { usages: ['any'] }), ['unusual AnyUsage']],
    ['that cannot be read', signingRequest({}, { request: '!' }), ['dangerous CsrRefused']],
    [
      'beyond what a signer of Kubernetes signs',
      asking(jane, { ...apiServerClient, usages: ['server auth'] }),
      ['dangerous UsageBeyondSigner'],
    ],
    ['with a wildcard', asking({ ...jane, extensions: 'subjectAltName = DNS:*.example' }), ['unusual Wildcard']],
    ['with an otherName', asking({ ...jane, extensions: 'subjectAltName = otherName:1.2.3;UTF8:x' }), ['unusual OtherNames']],
    ['for a year and a day', asking(jane, { expirationSeconds: year }), []],
    ['for a second more', asking(jane, { expirationSeconds: year + 1 }), ['unusual LongLife']],
    ['for long by annotation', asking(jane, {}, { [durationAnnotation]: '87600h' }), ['unusual LongLife']],
    ['with a duration that is none', asking(jane, {}, { [durationAnnotation]: 'long' }), ['unusual InvalidDuration']],
    ['by the annotation of others', asking(jane, apiServerClient, { [durationAnnotation]: '87600h' }), []],
    [
      'for ten years with a small key',
      asking({ ...jane, key: rsa.privateKey }, { expirationSeconds: tenYears }),
      ['unusual WeakKey', 'unusual LongLife'],
    ],
  ];
  for (const [what, request, expected] of cases) {
    test(what, () => {
      const remarks = remarksOn(decodeRequest(request, now));
      assert.deepEqual(
        remarks.map(({ severity, code }) => `${severity} ${code}`),
        expected,
      );
    });
  }

  test('a wrong signature is dangerous', () => {
    const der = Buffer.from(opensslCsr(jane).replaceAll(/-----.*-----|\s/g, ''), 'base64');
    der[der.indexOf('jane')] = 'k'.charCodeAt(0);
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    const [remark] = remarksOn(decodeRequest(signingRequest({}, { request: requestField(pem) }), now));
    assert.equal(remark?.code, 'CsrRefused');
    assert.match(remark.text, /not signed by the private key/);
  });

  test('is safe for a terminal, and short', () => {
    const username = `\u001B[2J${'x'.repeat(5000)}`;
    const [remark] = remarksOn(decodeRequest(asking({ subject: 'CN = eve' }, { username }), now));
    assert.match(remark?.text ?? '', /^"\\u001b\[2Jx+…" asks for a certificate that says it is "eve"/);
    assert.ok((remark?.text.length ?? 0) < 300);
  });
});
