import type { IssuerKindNames } from '../../api/group.ts';
import type { Issuer } from '../../api/issuer.ts';
import { policyField, type Policy } from '../../api/policy-fields.ts';
import { parseFields } from '../../lib/fields.ts';
import type { Result } from '../../lib/result.ts';
import { viewIssuer } from '../issuer-view.ts';
import type { IssuerKey } from '../request-view.ts';

/** What the approver needs of an issuer. */
export interface IssuerRules {
  readonly uid: string;
  readonly key: IssuerKey;
  /** What may be asked for; or what is wrong with what is written, naming each field. */
  readonly policy: Result<Policy, readonly string[]>;
}

/**
 * What the approver needs of an issuer of that kind. The API server has checked the fields; an object that was stored
 * under an older CRD may have escaped that.
 */
export function viewIssuerRules(names: IssuerKindNames, object: Issuer): IssuerRules {
  const { uid, key, spec } = viewIssuer(names, object);
  const policy: unknown = isRecord(spec) ? (spec['policy'] ?? {}) : {};
  return { uid, key, policy: parseFields(policyField, policy, 'spec.policy') };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
