import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import type { Condition } from '../../../../src/api/conditions.ts';
import { statusWith, type StatusFlags, type StatusSubject } from '../../../../src/cli/request/status-run.ts';
import { csrPem, now, requestField } from '../../issuing/support/views.ts';
import { openssl } from '../../x509/tools.ts';
import { outcomeOf, patientClock, type Outcome } from './cli.ts';
import { forbidden, notFound, scriptedClient } from './scripted-cluster.ts';

/** What is there, by the path; an error is thrown. Nothing else is there. */
export type Things = Readonly<Record<string, object | Error>>;

const namespace = 'team-a';
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem'];
const fields = ['-subj', '/CN=web', '-days', '90', '-set_serial', '0x1a2b', '-addext', 'subjectAltName=DNS:a.example'];

/** A certificate for a.example, as the API has PEM: base64. */
export const issuedCertificate: string = base64(openssl(['req', '-x509', ...newKey, ...fields]));

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** A request that nobody approved, of a Certificate that was just made, and a ready issuer. */
export const waits: Things = {
  'certificates/team-a/web': certificate(),
  'certificaterequests/team-a/web-1': certificateRequest([]),
  'externalissuers/team-a/ca': issuer(),
};

/** A Certificate of ten minutes ago. */
export function certificate(status: object = {}, spec: object = {}): object {
  return {
    metadata: { name: 'web', namespace, uid: 'uid-web', generation: 1, creationTimestamp: ago(600) },
    spec: {
      dnsNames: ['a.example', 'b\u001B[2J.example'],
      secretName: 'web-tls',
      issuerRef: { group: 'external-issuer.io', kind: 'ExternalIssuer', name: 'ca' },
      duration: '2160h0m0s',
      renewBefore: '720h0m0s',
      ...spec,
    },
    status,
  };
}

/** A request of {@link certificate}, approved ten minutes ago. */
export function certificateRequest(
  conditions: readonly Condition[] = [approvedCondition],
  more: {
    readonly status?: Partial<NonNullable<CertificateRequest['status']>>;
    readonly spec?: Partial<CertificateRequest['spec']>;
    readonly metadata?: object;
  } = {},
): CertificateRequest {
  return {
    metadata: {
      name: 'web-1',
      namespace,
      uid: 'uid-web-1',
      creationTimestamp: ago(600),
      annotations: { 'cert-manager.io/certificate-name': 'web', 'cert-manager.io/certificate-revision': '1' },
      ownerReferences: [{ uid: 'uid-web' }],
      ...more.metadata,
    } as CertificateRequest['metadata'],
    spec: {
      request: requestField(csrPem),
      issuerRef: { group: 'external-issuer.io', kind: 'ExternalIssuer', name: 'ca' },
      username: 'system:serviceaccount:cert-manager:cert-manager',
      ...more.spec,
    },
    status: { conditions, ...more.status },
  };
}

/** An issuer as its controller left it. */
export function issuer(ready: Partial<Condition> = {}): object {
  const current = {
    type: 'Ready',
    status: 'True',
    reason: 'Checked',
    message: 'all is well',
    observedGeneration: 1,
    ...ready,
  };
  return { metadata: { name: 'ca', namespace, uid: 'uid-ca', generation: 1 }, spec: {}, status: { conditions: [current] } };
}

export const approvedCondition: Condition = condition('Approved', 'True', 'cert-manager.io', 'approved by cert-manager');

export function condition(type: string, status: 'True' | 'False', reason: string, message: string): Condition {
  return { type, status, reason, message, lastTransitionTime: ago(600) };
}

/** Ready is False, and what is said of it. */
export function pending(message: string): Condition {
  return condition('Ready', 'False', 'Pending', message);
}

export function event(uid: string, note: string): object {
  return {
    metadata: { name: note },
    regarding: { uid },
    type: 'Warning',
    reason: 'Waits',
    note,
    eventTime: ago(60),
    reportingController: 'c',
  };
}

/** RFC 3339, before the time of these tests. */
export function ago(seconds: number): string {
  return new Date(now - seconds * 1000).toISOString();
}

/** What a status command says and ends with. */
export interface Status extends Outcome {
  readonly code: number | undefined;
  /** The names of the rights that were asked for. */
  readonly asked: readonly string[];
}

/** Runs it against these things. `mayApprove` is what the API server answers of cert-manager's rights; undefined: it may not be asked. */
export async function statusOf(
  subject: StatusSubject,
  things: Things,
  { mayApprove, output = 'text' }: { readonly mayApprove?: boolean; readonly output?: StatusFlags['output'] } = {},
): Promise<Status> {
  let code: number | undefined;
  const asked: string[] = [];
  const at = (path: string): object => {
    const found = things[path];
    if (found === undefined) throw notFound(path);
    if (found instanceof Error) throw found;
    return found;
  };
  const client = scriptedClient({
    get: at,
    list(path, { fieldSelector }) {
      const denied = things[path];
      if (denied instanceof Error) throw denied;
      const found = Object.entries(things).flatMap(([each, thing]) => (each.startsWith(`${path}/`) ? [thing] : []));
      const uid = fieldSelector?.split('=')[1];
      return uid === undefined
        ? found
        : found.filter((each) => (each as { regarding?: { uid?: string } }).regarding?.uid === uid);
    },
    create(_plural, object) {
      if (mayApprove === undefined) throw forbidden('create subjectaccessreviews: no');
      const { spec } = object as {
        spec: { user: string; resourceAttributes: { verb: string; resource: string; name: string } };
      };
      const { verb, resource, name } = spec.resourceAttributes;
      asked.push(`${spec.user} ${verb} ${resource} ${name}`);
      return { status: { allowed: mayApprove } };
    },
  });
  const flags = { output, certManagerNamespace: 'cert-manager', certManagerServiceAccount: 'cert-manager' };
  const outcome = await outcomeOf(async (deps) => await statusWith(client, subject, flags, deps), {
    clock: { ...patientClock(), now: () => now },
    setExitCode: (given) => {
      code = given;
    },
  });
  return { ...outcome, code, asked };
}
