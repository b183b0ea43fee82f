import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import type { CertificateSigningRequest } from '../../../src/api/signing-request.ts';
import { list, type ListFlags } from '../../../src/cli/csr/list-run.ts';
import { runShowFile, show, type ShowFlags } from '../../../src/cli/csr/show-run.ts';
import { renderStructured } from '../../../src/cli/text/structured.ts';
import type { ListOptions } from '../../../src/kube/client.ts';
import { now, requestField } from '../issuing/support/views.ts';
import { openssl, opensslCsr } from '../x509/tools.ts';
import { type Outcome, outcomeOf, patientClock } from './support/cli.ts';
import { forbidden, holds, type Script, scriptedClient, signingRequest } from './support/scripted-cluster.ts';

const clock = { ...patientClock(), now: () => now + 300_000 };
const approved = holds('Approved', 'ApprovedByPerson', 'Fine.');
const denied = holds('Denied', 'DeniedByPerson', 'No\u001B[2J.');
const jane = requestField(opensslCsr({ subject: 'CN = jane\nO = developers', extensions: 'subjectAltName = DNS:a.example' }));
const admin = requestField(opensslCsr({ subject: 'CN = jane\nO = system:masters' }));
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem'];
const certificate = Buffer.from(
  openssl(['req', '-x509', ...newKey, '-subj', '/CN=jane', '-days', '1', '-set_serial', '0x1a2b']),
).toString('base64');

function named(name: string, request: CertificateSigningRequest, minutes = 0): CertificateSigningRequest {
  const creationTimestamp = new Date(now + minutes * 60_000).toISOString();
  return { ...request, metadata: { ...request.metadata, name, creationTimestamp } };
}

describe('csr list', () => {
  const requests = [
    named('old-issued', signingRequest({ conditions: [approved], certificate }, { request: jane })),
    named('denied', signingRequest({ conditions: [denied] }, { request: jane }), 2),
    named('approved', signingRequest({ conditions: [approved] }, { request: jane })),
    named('old', signingRequest({}, { request: admin })),
    named('new', signingRequest({}, { request: '!', username: 'eve\u001B[31m', expirationSeconds: 86_400 }), 4),
  ];
  const run = async (
    flags: Partial<ListFlags> = {},
    signer?: string,
    answer: Script['list'] = () => requests,
  ): Promise<Outcome> =>
    await outcomeOf(
      async (deps) => await list(signer, { pending: false, output: 'table', ...flags }, scriptedClient({ list: answer }), deps),
      { clock },
    );
  const firstCells = (text: string): readonly string[] => text.split('\n').map((line) => line.split(' ')[0] ?? '');

  test('has what waits for a person first, then what waits for its signer, and the newest first of each', async () => {
    const { stdout } = await run();
    assert.deepEqual(firstCells(stdout), ['NAME', 'new', 'old', 'approved', 'denied', 'old-issued', '']);
    const [, fresh = '', old = ''] = stdout.split('\n');
    assert.match(fresh, /^new +60s +externalclusterissuers\/ca +eve\\u001b\[31m +unreadable +1d +pending +! CsrRefused$/);
    assert.match(old, /^old +5m +externalclusterissuers\/ca +jane +\S+ +90d +pending +! SystemMasters$/);
  });

  test('has only what is pending where that is asked for', async () => {
    assert.deepEqual(firstCells((await run({ pending: true })).stdout), ['NAME', 'new', 'old', '']);
  });

  test('has the whole signer, names, usages and keys with -o wide', async () => {
    const { stdout } = await run({ output: 'wide' });
    assert.match(
      stdout,
      /externalclusterissuers\.external-issuer\.io\/ca .* DNS:a\.example +digital signature, client auth +ECDSA P-256\n/,
    );
  });

  test('asks the API server for those of one signer', async () => {
    const asked: ListOptions[] = [];
    await run({}, 'kubernetes.io/kube-apiserver-client', (_path, options) => {
      asked.push(options);
      return [];
    });
    assert.equal(asked[0]?.fieldSelector, 'spec.signerName=kubernetes.io/kube-apiserver-client');
  });

  test('says where there is none', async () => {
    assert.equal((await run({}, undefined, () => [])).stdout, 'There is no such CertificateSigningRequest.\n');
  });

  for (const output of ['json', 'yaml'] as const) {
    test(`is for programs as ${output}, with nothing that moves a terminal`, async () => {
      const { stdout } = await run({ output });
      const found = parse(stdout) as readonly Record<string, unknown>[];
      assert.deepEqual([found.length, found[0]?.['state'], found[0]?.['requester']], [5, 'pending', 'eve\u001B[31m']);
      assert.ok(!stdout.includes('\u001B'));
    });
  }

  test('has colours on a terminal alone', async () => {
    let text = '';
    const stdout = { isTTY: true, write: (given: string) => (text += given) };
    const client = scriptedClient({ list: () => requests });
    await outcomeOf(async (deps) => await list(undefined, { pending: false, output: 'table' }, client, deps), {
      clock,
      stdout,
    });
    assert.ok(text.includes('\u001B[31m! SystemMasters\u001B'));
  });
});

describe('csr show', () => {
  const run = async (
    request: CertificateSigningRequest,
    script: Script = {},
    output: ShowFlags['output'] = 'text',
  ): Promise<Outcome> =>
    await outcomeOf(
      async (deps) => {
        const get = (path: string): object =>
          path.startsWith('certificatesigningrequests') ? request : (script.get?.(path) ?? {});
        await show('jane', output, scriptedClient({ ...script, get }), deps);
      },
      { clock },
    );

  test('has the request in words, line by line', async () => {
    const { stdout } = await run(
      signingRequest({}, { request: jane, groups: ['developers', 'system:authenticated'], expirationSeconds: 86_400 }),
    );
    for (const line of [
      /^State: +pending$/m,
      /^Age: +5m$/m,
      /^Signer: +externalclusterissuers\.external-issuer\.io\/ca \(ExternalClusterIssuer "?ca"?\)$/m,
      /^Requester: +jane, of the groups developers$/m,
      /^Subject: +\S*CN=jane\S*$/m,
      /^SANs: +DNS:a\.example$/m,
      /^Key: +ECDSA P-256$/m,
      /^Usages: +digital signature, client auth$/m,
      /^Duration: +1d$/m,
      /^Nothing about it is unusual\.$/m,
      /^Why it waits: jane waits to be approved\..* 24 hours after it was made.* external-issuer csr approve jane$/m,
    ]) {
      assert.match(stdout, line);
    }
  });

  test('sets off what is dangerous', async () => {
    assert.match((await run(signingRequest({}, { request: admin }))).stdout, /^DANGEROUS {2}The group system:masters /m);
  });

  test('says why an approved one waits: its issuer', async () => {
    const issuer = {
      metadata: { name: 'ca', generation: 1 },
      spec: {},
      status: {
        conditions: [{ ...holds('Ready', 'X', 'No route to the CA\u001B[2J.'), status: 'False', observedGeneration: 1 }],
      },
    };
    const { stdout } = await run(signingRequest({ conditions: [approved] }, { request: jane }), { get: () => issuer });
    assert.match(stdout, /waits for its signer .* is not ready: No route to the CA\\u001b\[2J\./);
  });

  test('says that events may not be seen, and shows the rest', async () => {
    const refuse = (): never => {
      throw forbidden('list events: forbidden');
    };
    const { stdout, error } = await run(signingRequest({}, { request: jane }), { list: refuse });
    assert.equal(error, undefined);
    assert.match(stdout, /^Events may not be seen: list events: forbidden$/m);
    assert.match(stdout, /^Subject: /m);
  });

  test('has the newest events, safe for a terminal', async () => {
    const event = {
      metadata: { name: 'e' },
      regarding: { uid: 'uid-1' },
      type: 'Normal',
      reason: 'PendingAtCA',
      note: 'Asked.\u001B[2J',
      eventTime: '2027-01-15T08:01:00Z',
    };
    const { stdout } = await run(signingRequest({}, { request: jane }), { list: () => [event] });
    assert.match(stdout, /^Event 2027-01-15T08:01:00Z Normal PendingAtCA: Asked\.\\u001b\[2J$/m);
  });

  const over: readonly [string, CertificateSigningRequest, readonly RegExp[]][] = [
    [
      'was issued',
      signingRequest({ conditions: [approved], certificate }, { request: jane }),
      [
        /^State: +issued$/m,
        /^Certificate: +serial number 1a2b, /m,
        /deletes it an hour after it was approved\. .*csr get jane$/m,
      ],
    ],
    [
      'was denied',
      signingRequest({ conditions: [denied] }, { request: jane }),
      [/^State: +denied: DeniedByPerson: No\\u001b\[2J\.$/m, /deletes it an hour after it was denied or failed\./],
    ],
  ];
  for (const [what, request, lines] of over) {
    test(`says of one that ${what} what came of it, and when it is deleted`, async () => {
      const { stdout } = await run(request);
      for (const line of lines) assert.match(stdout, line);
      assert.doesNotMatch(stdout, /Why it waits/);
    });
  }

  test('says where there is none of that name', async () => {
    const { error } = await outcomeOf(async (deps) => await show('jane', 'text', scriptedClient({}), deps));
    assert.match(error ?? '', /^Failed: there is no CertificateSigningRequest "jane"\. kube-controller-manager deletes/);
  });

  test('reads a file, and believes nothing that it says of who asks', async () => {
    const object = {
      kind: 'CertificateSigningRequest',
      ...signingRequest({ certificate }, { request: admin, username: 'root' }),
    };
    const { stdout } = await outcomeOf(async (deps) => await runShowFile({ file: '-', output: 'json' }, deps), {
      stdin: renderStructured(object, 'yaml'),
    });
    const found = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([found['name'], found['state'], found['requester']], ['jane', 'pending', '']);
    assert.match(stdout, /"SystemMasters"/);
  });

  for (const [what, stdin, message] of [
    ['no YAML', 'a: [', /^Failed: --file: .* is no YAML: /],
    ['another object', 'kind: Pod', /^Failed: --file: no CertificateSigningRequest: .*kind/],
    ['a bomb', 'a: &a [x]\nb: [*a, *a]', /^Failed: --file: /],
  ] as const) {
    test(`says of a file with ${what} what is wrong`, async () => {
      const { error, stdout } = await outcomeOf(async (deps) => await runShowFile({ output: 'text' }, deps), { stdin });
      assert.equal(stdout, '');
      assert.match(error ?? '', message);
    });
  }
});
