import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CertificateSigningRequest } from '../../../src/api/signing-request.ts';
import { waitForCertificate } from '../../../src/cli/csr/wait-for.ts';
import { waitWith } from '../../../src/cli/csr/wait-run.ts';
import { KubeApiError } from '../../../src/kube/api-error.ts';
import { outcomeOf, patientClock, type Outcome } from './support/cli.ts';
import { forbidden, holds, notFound, type Script, scriptedClient, signingRequest } from './support/scripted-cluster.ts';

const approved = holds('Approved', 'ApprovedByPerson', 'Fine.');
const pem = 'a certificate';
const issued = signingRequest(
  { conditions: [approved], certificate: Buffer.from(pem).toString('base64') },
  {},
  { resourceVersion: '3' },
);
const waiting = signingRequest();
const open = signingRequest({ conditions: [approved] }, {}, { resourceVersion: '2' });
const trouble = new KubeApiError('Other', 503, 'get: the API server is starting');

type Step = CertificateSigningRequest | Error;

/** The steps, one for each look; the last one for all that follow. */
function steps(given: readonly Step[], more: Script = {}): Script {
  let at = 0;
  return {
    ...more,
    get(path) {
      if (path !== 'certificatesigningrequests/jane') return more.get?.(path) ?? assert.fail(path);
      const step = given[Math.min(at, given.length - 1)];
      at += 1;
      if (step === undefined || step instanceof Error) throw step ?? new Error('no step');
      return step;
    },
  };
}

async function wait(
  script: Script,
  timeoutMs = 20_000,
  output: 'json' | 'text' = 'text',
): Promise<Outcome & { readonly code?: number }> {
  let code: number | undefined;
  const outcome = await outcomeOf(async (deps) => await waitWith(scriptedClient(script), 'jane', timeoutMs, deps, output), {
    setExitCode: (given) => {
      code = given;
    },
  });
  return { ...outcome, ...(code === undefined ? {} : { code }) };
}

describe('waiting for a certificate', () => {
  const ends: readonly [string, readonly Step[], object][] = [
    ['it is issued', [waiting, open, issued], { outcome: 'issued', pem, request: issued }],
    ['trouble passes', [trouble, waiting, trouble, issued], { outcome: 'issued', pem, request: issued }],
    ['it is deleted', [waiting, notFound('jane')], { outcome: 'gone', request: waiting }],
    ['it is not there', [notFound('jane')], { outcome: 'gone' }],
    ['nobody decides', [waiting], { outcome: 'undecided', request: waiting }],
    ['the API server stays in trouble', [trouble], { outcome: 'undecided', trouble }],
  ];
  for (const [name, given, expected] of ends) {
    test(`ends where ${name}`, async () => {
      const clock = patientClock();
      const found = await waitForCertificate(
        scriptedClient(steps(given)),
        'jane',
        { timeoutMs: 20_000 },
        { clock },
        new AbortController().signal,
      );
      assert.deepEqual(found, expected);
    });
  }

  test('tells of a denial and of a failure with their reasons', async () => {
    for (const [type, outcome] of [
      ['Denied', 'denied'],
      ['Failed', 'failed'],
    ] as const) {
      const request = signingRequest({ conditions: [approved, holds(type, 'TooLong', 'Ask for a day.')] });
      const client = scriptedClient(steps([request]));
      const found = await waitForCertificate(
        client,
        'jane',
        { timeoutMs: 0 },
        { clock: patientClock() },
        new AbortController().signal,
      );
      assert.deepEqual(found, { outcome, reason: 'TooLong', message: 'Ask for a day.', request });
    }
  });

  test('tells of each change once, looks at intervals, and once more at the end of the time', async () => {
    const clock = patientClock();
    const changes: (string | undefined)[] = [];
    await waitForCertificate(
      scriptedClient(steps([waiting, waiting, open])),
      'jane',
      { timeoutMs: 4000, onChange: ({ metadata }) => changes.push(metadata.resourceVersion) },
      { clock },
      new AbortController().signal,
    );
    assert.deepEqual(changes, ['1', '2']);
    assert.deepEqual(clock.slept.slice(0, 2), [1500, 1500]);
    assert.equal(clock.slept.length, 3);
  });

  test('ends at once where the API server refuses', async () => {
    const client = scriptedClient(steps([forbidden('get: no')]));
    const found = waitForCertificate(
      client,
      'jane',
      { timeoutMs: 9000 },
      { clock: patientClock() },
      new AbortController().signal,
    );
    await assert.rejects(found, { code: 'Forbidden' });
  });

  test('ends where it is interrupted', async () => {
    const stop = new AbortController();
    const client = scriptedClient(steps([waiting]));
    const onChange = (): void => stop.abort(new Error('interrupted'));
    const found = waitForCertificate(client, 'jane', { timeoutMs: 9000, onChange }, { clock: patientClock() }, stop.signal);
    await assert.rejects(found, /interrupted/);
  });
});

describe('csr wait', () => {
  test('says who can approve, then what the signer waits for, then that it is issued', async () => {
    const issuer = {
      metadata: { name: 'ca', generation: 2 },
      spec: {},
      status: {
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'Failed',
            message: 'CAUnreachable: no\u001B[31m answer',
            observedGeneration: 2,
          },
        ],
      },
    };
    const event = {
      metadata: { name: 'e' },
      regarding: { uid: 'uid-1' },
      type: 'Warning',
      reason: 'IssuerNotReady',
      note: 'Waits\u001B[2J.',
      eventTime: '2027-01-15T08:00:01Z',
    };
    const others = { ...event, regarding: { uid: 'uid-2' }, note: 'About another.', eventTime: '2027-01-15T09:00:01Z' };
    const script = steps([waiting, waiting, open, open, issued], { get: () => issuer, list: () => [event, others] });
    const { stdout, stderr, error } = await wait(script);
    assert.equal(error, undefined);
    assert.equal(stdout, 'jane issued\n');
    const lines = stderr.trimEnd().split('\n');
    assert.equal(lines.length, 3, stderr);
    assert.match(lines[0] ?? '', /waits to be approved.*resourceName "externalclusterissuers\.external-issuer\.io\/\*"/);
    assert.match(lines[0] ?? '', /24 hours after it was made, at 2027-01-16T08:00:00Z\. .* external-issuer csr approve jane$/);
    assert.match(lines[1] ?? '', /is approved and waits for its signer externalclusterissuers\.external-issuer\.io\/ca\./);
    assert.match(lines[1] ?? '', /ExternalClusterIssuer "ca" is not ready: CAUnreachable: no\\u001b\[31m answer\./);
    assert.match(lines[1] ?? '', /Newest event: Warning IssuerNotReady: Waits\\u001b\[2J\./);
    assert.match(lines[2] ?? '', /external-issuer csr get jane$/);
    assert.ok(!stderr.includes('\u001B'));
  });

  test('names no ClusterRole of ours for a signer of Kubernetes', async () => {
    const { stderr } = await wait(steps([signingRequest({}, { signerName: 'kubernetes.io/kube-apiserver-client' })]), 0);
    assert.match(stderr, /resourceName "kubernetes\.io\/\*" approves it with: external-issuer csr approve jane\n/);
  });

  test('says of an issuer that is not there, and of none it may not see', async () => {
    const missing = await wait(
      steps([open], {
        get: (path) => {
          throw notFound(path);
        },
      }),
      0,
    );
    assert.match(missing.stderr, /ExternalClusterIssuer "ca" does not exist; create it/);
    const hidden = await wait(
      steps([open], {
        get: () => {
          throw forbidden('no');
        },
        list: () => {
          throw forbidden('no');
        },
      }),
      0,
    );
    assert.match(hidden.stderr, /is approved and waits for its signer/);
    assert.doesNotMatch(hidden.stderr, /does not exist|not ready/);
  });

  test('ends with 3 where nothing was decided in time', async () => {
    const { stderr, code, error } = await wait(steps([waiting]), 5000);
    assert.deepEqual([code, error], [3, undefined]);
    assert.match(stderr, /no certificate after 5s \(--timeout\).*external-issuer csr wait jane\n$/);
  });

  const failures: readonly [string, Step, RegExp][] = [
    [
      'it is denied',
      signingRequest({ conditions: [holds('Denied', 'DeniedByPerson', 'Not\u0007 you')] }),
      /^Failed: jane was denied: DeniedByPerson: Not\\u0007 you\. /,
    ],
    [
      'it failed',
      signingRequest({ conditions: [holds('Failed', 'CARefused', 'No.')] }),
      /^Failed: jane has failed: CARefused: No\. /,
    ],
    ['it is gone', notFound('jane'), /no CertificateSigningRequest jane\. kube-controller-manager deletes/],
  ];
  for (const [name, step, message] of failures) {
    test(`fails where ${name}`, async () => {
      assert.match((await wait(steps([step]))).error ?? '', message);
    });
  }

  test('goes on through trouble and says so', async () => {
    const { stderr, stdout } = await wait(steps([trouble, issued]));
    assert.match(stderr, /the API server is starting\. It is asked again\./);
    assert.equal(stdout, 'jane issued\n');
  });
});
