/** How bad it is: `error` keeps certificates from being issued. */
export type Severity = 'ok' | 'warning' | 'error';

/** One thing that the doctor found. */
export interface Finding {
  readonly severity: Severity;
  /** Stable, for programs: CrdMissing, ReferenceNotFound. */
  readonly code: string;
  /** The object it is about: `ExternalIssuer team-a/pki`. */
  readonly where: string;
  readonly what: string;
  /** A command to copy, or what to do in words. */
  readonly fix?: string;
}

/** What is as it should be. */
export function fine(code: string, where: string, what: string): Finding {
  return { severity: 'ok', code, where, what };
}

/** What could not be looked at for want of a right of who asks. */
export function notSeen(where: string, what: string, message: string): Finding {
  return {
    severity: 'warning',
    code: 'NotSeen',
    where,
    what: `${what}: you may not see it (${message})`,
    fix: 'ask an administrator of the cluster to run external-issuer doctor, or to give you that right',
  };
}
