import { readRetryAfter } from '../../network/retry-after.ts';
import { isManagedHsm } from '../managed-hsm.ts';
import type { VaultOperation } from '../vault.ts';
import type { WireAnswer } from './exchange-record.ts';
import type { Finding } from './finding.ts';
import { howToPermit } from './permissions.ts';
import { codesOf, jsonOf, memberOf, quoted } from './words.ts';

/** What was asked of which vault, and by whom. */
export interface Asked {
  readonly operation: VaultOperation;
  /** Of the key, secret or certificate. */
  readonly name: string;
  /** Where it is one version that was asked for, or that is to sign. */
  readonly version?: string | undefined;
  readonly vaultUrl: string;
  readonly who: string;
}

/** An error as the vault words it. */
interface VaultError {
  readonly status: number;
  /** Its codes, the inner one last: `Forbidden ForbiddenByRbac`. */
  readonly codes: readonly string[];
  readonly message: string;
}

interface Row {
  readonly fits: (error: VaultError) => boolean;
  readonly code: Finding['code'];
  readonly what: (asked: Asked) => string;
  readonly advice: (asked: Asked) => string;
}

const statusIs =
  (...statuses: readonly number[]) =>
  (error: VaultError) =>
    statuses.includes(error.status);
const inner =
  (pattern: RegExp) =>
  ({ status, codes }: VaultError): boolean =>
    status >= 400 && codes.some((code) => pattern.test(code));
/** The inner codes of keys that may not be used are not all documented; their sentences have always been these. */
const innerOrSaid = (pattern: RegExp, said: RegExp) => (error: VaultError) =>
  error.status === 403 && (inner(pattern)(error) || said.test(error.message));

const kindOf = ({ operation }: Pick<Asked, 'operation'>): 'key' | 'secret' | 'certificate' => {
  if (operation.startsWith('keys/')) return 'key';
  return operation.startsWith('secrets/') ? 'secret' : 'certificate';
};
const vaultName = ({ vaultUrl }: Asked): string => new URL(vaultUrl).hostname.split('.')[0] ?? '';
/** A command on the object, which `az` takes for its newest version where it names none. */
const az = (asked: Asked, verb: string): string => {
  const { name, version, vaultUrl } = asked;
  const kind = kindOf(asked);
  if (version !== undefined) return `az keyvault ${kind} ${verb} --id ${vaultUrl}/${kind}s/${name}/${version}`;
  const holder = isManagedHsm(vaultUrl) ? '--hsm-name' : '--vault-name';
  return `az keyvault ${kind} ${verb} ${holder} ${vaultName(asked)} --name ${name}`;
};
/** Deleted is the object with all its versions. */
const azAll = ({ version: _version, ...asked }: Asked, verb: string): string => az(asked, verb);
const otherVersion = (asked: Asked): string =>
  asked.operation === 'keys/sign' ? ', or have the CA certificate made for another version' : '';

/**
 * The first that fits counts. https://learn.microsoft.com/azure/key-vault/general/rest-error-codes and the bodies that the clients of
 * Azure's SDKs are seen with.
 */
const rows: readonly Row[] = [
  {
    fits: statusIs(401),
    code: 'Unauthorized',
    what: ({ who }) => `the vault does not take the token of ${who}`,
    advice: () =>
      'check that auth.tenantId is the tenant of the vault and cloud the one that it is in, and the clock of the node',
  },
  {
    fits: inner(/^ForbiddenByFirewall$/),
    code: 'Forbidden',
    what: () => 'the firewall of the vault does not let this cluster in',
    advice: () =>
      'allow the outgoing addresses or the subnet of the cluster in the networking of the vault, or give it a private endpoint',
  },
  {
    fits: inner(/^ForbiddenByConnection$/),
    code: 'Forbidden',
    what: () => 'the vault takes connections from its private endpoints only, and this was none',
    advice: () =>
      'give the network of the cluster a private endpoint of the vault, have it approved, and link the private DNS zone ' +
      'privatelink.vaultcore.azure.net to it',
  },
  {
    fits: innerOrSaid(/Disabled$/, /not allowed on a disabled/i),
    code: 'Unusable',
    what: (asked) => `the ${kindOf(asked)} is disabled`,
    advice: (asked) => `enable it (${az(asked, 'set-attributes')} --enabled true)${otherVersion(asked)}`,
  },
  {
    fits: innerOrSaid(/Expired$/, /not allowed on an expired|\bis expired\b|\bhas expired\b/i),
    code: 'Unusable',
    what: (asked) => `the ${kindOf(asked)} has expired`,
    advice: (asked) => `set a later end (${az(asked, 'set-attributes')} --expires …)${otherVersion(asked)}`,
  },
  {
    fits: innerOrSaid(/NotYet(?:Valid|Active)$/, /not yet (?:valid|active)/i),
    code: 'Unusable',
    what: (asked) => `the ${kindOf(asked)} is not yet valid`,
    advice: (asked) => `wait, or set an earlier begin (${az(asked, 'set-attributes')} --not-before …)`,
  },
  {
    fits: innerOrSaid(/^KeyOperationForbidden$/, /^Operation \w+ is not permitted on this key/i),
    code: 'Unusable',
    what: () => 'its permitted operations do not hold this one',
    advice: (asked) => `permit it (${az(asked, 'set-attributes')} --ops sign verify)`,
  },
  {
    fits: statusIs(403),
    code: 'Forbidden',
    what: ({ who }) => `${who} has no right to`,
    advice: ({ operation, vaultUrl }) => howToPermit(operation, vaultUrl),
  },
  {
    fits: statusIs(404, 410),
    code: 'NotFound',
    what: (asked) => `the vault has no such ${kindOf(asked)}, or no such version of it`,
    advice: (asked) =>
      `check its name, its version and keyVault.vaultUrl; if it was deleted, recover it (${azAll(asked, 'recover')})`,
  },
  {
    fits: inner(/^ObjectIsDeletedButRecoverable$/),
    code: 'Conflict',
    what: (asked) => `a ${kindOf(asked)} of this name was deleted, and keeps its name as long as it can be recovered`,
    advice: (asked) => `recover it (${azAll(asked, 'recover')}), or purge it (${azAll(asked, 'purge')})`,
  },
  {
    fits: statusIs(409),
    code: 'Conflict',
    what: (asked) => `the vault is busy with the ${kindOf(asked)} of this name`,
    advice: () => 'try again in a minute',
  },
  {
    fits: statusIs(429),
    code: 'Throttled',
    what: () => 'the vault gets more requests than it takes',
    advice: () =>
      'it is asked again later; if it stays so, see who else uses the vault, or give each issuer a vault of its own',
  },
  {
    fits: ({ status }) => status === 408 || status >= 500,
    code: 'Unavailable',
    what: () => 'the vault cannot do it at the moment',
    advice: () => 'it is asked again later',
  },
  {
    fits: ({ status }) => status >= 400,
    code: 'Refused',
    what: () => 'the vault refuses the request',
    advice: ({ operation }) =>
      operation === 'keys/sign'
        ? 'see whether keyVault.signatureAlgorithm fits the key'
        : 'check the name, and keyVault.vaultUrl',
  },
];

/** What an answer of a vault means that is an error, or one that the SDK cannot read. Pure. @param now milliseconds since the epoch. */
export function answerFinding(asked: Asked, answer: WireAnswer, secrets: Iterable<string>, now: number): Finding {
  const { status, headers, text } = answer;
  const error = memberOf(jsonOf(text), 'error');
  const message = memberOf(error, 'message');
  const innerError = memberOf(error, 'innererror') ?? memberOf(error, 'innerError');
  const codes = codesOf([memberOf(error, 'code'), memberOf(innerError, 'code')], secrets);
  const row = rows.find(({ fits }) => fits({ status, codes, message: typeof message === 'string' ? message : '' }));
  if (row === undefined) return unreadable(status);
  const said = quoted(message, secrets);
  const afterMs = readRetryAfter(headers, now);
  return {
    code: row.code,
    what: row.what(asked),
    advice: row.advice(asked),
    answered: `The vault answered ${[status, ...codes].join(' ')}${said === '' ? '' : `: ${said}`}`,
    ...(afterMs === undefined ? {} : { afterMs }),
  };
}

/** An answer that is none of a vault. Nothing of it is repeated: it may be a secret. */
export function unreadable(status: number): Finding {
  return {
    code: 'Invalid',
    what: `what was answered (${status}) is not what a vault answers`,
    advice: 'check keyVault.vaultUrl, and whether something between changes answers',
  };
}
