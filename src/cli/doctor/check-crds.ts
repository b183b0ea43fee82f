import { isDeepStrictEqual } from 'node:util';
import { isTrue } from '../../api/conditions.ts';
import type { CustomResourceDefinition } from '../../api/crd.ts';
import { certManagerGroup, version } from '../../api/group.ts';
import type { Facts } from './facts.ts';
import { fine, notSeen, type Finding } from './finding.ts';
import type { Commands } from './options.ts';
import type { StoredCrd } from './resources.ts';

/** The CRD of cert-manager's requests. */
export const requestsCrdName = `certificaterequests.${certManagerGroup}`;

const withoutRequests =
  'the requests, and a controller that is to sign them never gets ready (/readyz). Without cert-manager, start it with --request-kinds ' +
  'CertificateSigningRequest, and say the same to doctor';

/** Fields that are named where a schema differs. */
const mostNamed = 5;

/**
 * Whether the kinds are there, in the version of this program.
 * @param expected the CRDs that this program would make.
 */
export function checkCrds(
  { crds, requestKinds }: Pick<Facts, 'crds' | 'requestKinds'>,
  expected: readonly CustomResourceDefinition[],
  commands: Commands,
): readonly Finding[] {
  // Without requests of cert-manager, there is no need for it.
  const needed = [...crds].filter(([name]) => name !== requestsCrdName || requestKinds.includes('CertificateRequest'));
  return needed.map(([name, fact]) => {
    const where = `CustomResourceDefinition ${name}`;
    const wanted = expected.find(({ metadata }) => metadata.name === name) as StoredCrd | undefined;
    const fix = wanted === undefined ? 'install cert-manager: https://cert-manager.io/docs/installation/' : commands.applyCrds;
    if (fact.ok) return judge(where, fact.value, wanted, fix);
    if (fact.error.code === 'Forbidden')
      return notSeen(where, 'whether it is there and up to date is not known', fact.error.message);
    const what = `is missing, so the API server does not know ${wanted === undefined ? withoutRequests : 'such issuers'}`;
    return { severity: 'error', code: 'CrdMissing', where, what, fix };
  });
}

function judge(where: string, crd: StoredCrd, wanted: StoredCrd | undefined, fix: string): Finding {
  const wantedVersion = wanted === undefined ? 'v1' : version;
  const served = crd.spec?.versions?.find(({ name }) => name === wantedVersion);
  if (served?.served !== true) {
    const what = `does not serve version ${wantedVersion}, which this program uses`;
    return { severity: 'error', code: 'CrdVersion', where, what, fix };
  }
  if (!isTrue(crd.status?.conditions, 'Established')) {
    const what = 'is not established: its names may be those of another CustomResourceDefinition';
    return { severity: 'error', code: 'CrdNotEstablished', where, what, fix: `look at its conditions, then: ${fix}` };
  }
  if (wanted === undefined) return fine('CrdServed', where, `served as ${certManagerGroup}/${wantedVersion}`);
  const differences = differencesOf(
    served,
    wanted.spec?.versions?.find(({ name }) => name === wantedVersion),
  );
  if (differences === undefined)
    return fine('CrdServed', where, `served as ${wantedVersion}, as this version of external-issuer has it`);
  const what = `is of another version of external-issuer than this program: ${differences}`;
  return { severity: 'warning', code: 'CrdDiffers', where, what, fix };
}

type Version = NonNullable<NonNullable<StoredCrd['spec']>['versions']>[number];

function differencesOf(stored: Version, wanted: Version | undefined): string | undefined {
  const [has, wants] = [stored.schema?.openAPIV3Schema, wanted?.schema?.openAPIV3Schema];
  if (isDeepStrictEqual(has, wants)) {
    const columns = ({ additionalPrinterColumns = [] }: Version): unknown =>
      additionalPrinterColumns.map(({ name, jsonPath }) => [name, jsonPath]);
    return wanted === undefined || isDeepStrictEqual(columns(stored), columns(wanted)) ? undefined : 'its columns differ';
  }
  const [hasFields, wantsFields] = [fieldsOf(has), fieldsOf(wants)];
  const missing = wantsFields.filter((field) => !hasFields.includes(field));
  const more = hasFields.filter((field) => !wantsFields.includes(field));
  const parts = [
    ...(missing.length === 0 ? [] : [`it has not ${few(missing)}`]),
    ...(more.length === 0 ? [] : [`it has ${few(more)} besides`]),
  ];
  return parts.length === 0 ? 'the rules for its fields differ' : parts.join('; ');
}

function few(fields: readonly string[]): string {
  const first = fields.slice(0, mostNamed).join(', ');
  return fields.length > mostNamed ? `${first} and ${fields.length - mostNamed} more` : first;
}

/** The paths of all fields of a schema, `spec.retry.budget`; those within a field that is missing as a whole are left out by sorting. */
function fieldsOf(schema: unknown, path = ''): readonly string[] {
  const { properties, items } = (schema ?? {}) as {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly items?: unknown;
  };
  const own = Object.entries(properties ?? {}).flatMap(([name, inner]) => {
    const field = path === '' ? name : `${path}.${name}`;
    return [field, ...fieldsOf(inner, field)];
  });
  return items === undefined ? own : [...own, ...fieldsOf(items, `${path}[]`)];
}
