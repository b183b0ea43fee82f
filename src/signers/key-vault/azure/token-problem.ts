import { readRetryAfter } from '../../network/retry-after.ts';
import type { Authority } from './authority.ts';
import { AssertionError } from './credential.ts';
import type { ExchangeRecord } from './exchange-record.ts';
import { type Finding, findCause, wordsOf } from './finding.ts';
import type { Login, Proof } from './login.ts';
import { networkFinding } from './network-problem.ts';
import type { TokenError } from './tokens.ts';
import { codesOf, jsonOf, memberOf, quoted } from './words.ts';

/** Who asked for a token, and where. */
export interface TokenContext {
  readonly login: Login;
  readonly authority: Authority;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface Row {
  readonly numbers: readonly number[];
  readonly what: string;
  readonly advice: string;
}

const federated =
  'compare its issuer, subject and audience with what Entra ID names, letter by letter: the issuer is that of the cluster (az aks show ' +
  '--query oidcIssuerProfile.issuerUrl), the subject system:serviceaccount:NAMESPACE:NAME';

/** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const rows: readonly Row[] = [
  {
    numbers: [7000215],
    what: 'the client secret is wrong',
    advice: 'write the value of the secret, not its id, into the Secret that authSecretRef names',
  },
  {
    numbers: [7000222],
    what: 'the client secret has expired',
    advice: 'make a new one and write it into the Secret that authSecretRef names',
  },
  {
    numbers: [700016],
    what: 'there is no such application in the tenant',
    advice: 'check auth.clientId, auth.tenantId and cloud',
  },
  { numbers: [7000112], what: 'the application is disabled', advice: 'enable it in Microsoft Entra ID' },
  { numbers: [90002, 900021, 900023], what: 'there is no such tenant', advice: 'check auth.tenantId and cloud' },
  {
    numbers: [70021, 700211, 700212, 700213, 7002138],
    what: 'no federated credential of the identity fits the token of the ServiceAccount',
    advice: federated,
  },
  {
    numbers: [700024],
    what: 'the assertion is not valid at this time',
    advice: 'set the clock of the node; a token of a ServiceAccount that has expired was not renewed',
  },
  {
    numbers: [700027, 7000214],
    what: 'the client certificate is not one of the application',
    advice: 'upload the certificate of tls.crt to the application',
  },
  {
    numbers: [53003, 530035],
    what: 'a Conditional Access policy forbids it',
    advice: 'have the policy let this identity in from the addresses of the cluster',
  },
  {
    numbers: [65001],
    what: 'nobody consented that the application may use Key Vault',
    advice: 'have an administrator consent',
  },
  {
    numbers: [500011],
    what: 'the tenant does not know the vault that it is for',
    advice: 'check keyVault.vaultUrl, auth.tenantId and cloud: all three are of one Azure cloud',
  },
];

const byProof: Readonly<Record<Proof['kind'], string>> = {
  cli: 'run az login, with --tenant for the tenant of the vault',
  managed:
    'see that the nodes have this identity, and that network policies let the controller reach 169.254.169.254, or choose another ' +
    'auth.type',
  tokenFile:
    'give the pods of the controller the label azure.workload.identity/use: "true", which has a token of its ServiceAccount written there',
  assertion: 'check auth.tenantId, auth.clientId and auth.serviceAccountRef',
  secret: 'check auth.tenantId, auth.clientId and the Secret that authSecretRef names',
  certificate: 'check auth.tenantId, auth.clientId and the Secret that authSecretRef names',
};

/** Says why there is no token, without anything that was sent for it. Pure. */
export function tokenFinding({ record, late, cause }: TokenError, context: TokenContext): Finding {
  const { login } = context;
  const advice = byProof[login.proof.kind];
  const refused = findCause(cause, AssertionError);
  if (refused !== undefined) {
    const code = refused.code === 'TokenRequestFailed' ? 'Unavailable' : 'Unauthorized';
    return { code, what: `the API server gave no token for ${login.who}: ${refused.message}`, advice };
  }
  if (record.failure !== undefined) return networkFinding('entra', record.failure);
  if (late) return { code: 'CATimeout', what: `there was no token for ${login.who} in time`, advice };
  if (record.answer !== undefined) return answerFinding(record, record.answer, context);
  const words = wordsOf(cause);
  const tenant = /not configured to acquire tokens for tenant ([\w.-]{1,64}?)\.(?:\s|$)/.exec(words)?.[1];
  if (tenant !== undefined && 'tenantId' in login.proof) {
    const what = `the vault is of the tenant ${tenant}, and ${login.who} of the tenant ${login.proof.tenantId}`;
    return { code: 'Unauthorized', what, advice: 'check keyVault.vaultUrl and auth.tenantId' };
  }
  const said = quoted(words, secretsOf(record, login));
  return { code: 'Unauthorized', what: `there is no token for ${login.who}: ${said}`, advice };
}

function answerFinding(
  record: ExchangeRecord,
  { status, headers, text }: NonNullable<ExchangeRecord['answer']>,
  { login, authority, now }: TokenContext,
): Finding {
  const document = jsonOf(text);
  const description = memberOf(document, 'error_description');
  const number = numberOf(memberOf(document, 'error_codes'), description);
  const secrets = secretsOf(record, login);
  const said = quoted(description ?? memberOf(document, 'error'), secrets);
  const codes = codesOf([memberOf(document, 'error'), ...(number === undefined ? [] : [`AADSTS${number}`])], secrets);
  const answered = `Microsoft Entra ID (${authority.host}) answered ${[status, ...codes].join(' ')}${said === '' ? '' : `: ${said}`}`;
  const afterMs = readRetryAfter(headers, now);
  const common = { answered, ...(afterMs === undefined ? {} : { afterMs }) };
  if (status === 429) {
    return {
      ...common,
      code: 'Throttled',
      what: `Entra ID gets too many requests for ${login.who}`,
      advice: 'it is asked again later',
    };
  }
  if (status === 408 || status >= 500) {
    return {
      ...common,
      code: 'Unavailable',
      what: 'Entra ID gives no tokens at the moment',
      advice: 'it is asked again later',
    };
  }
  if (status < 400) {
    const what = `what ${authority.host} answered holds no token`;
    return { ...common, code: 'Invalid', what, advice: 'check cloud, and AZURE_AUTHORITY_HOST of the controller' };
  }
  const row = rows.find(({ numbers }) => number !== undefined && numbers.includes(number));
  const { what, advice } = row ?? { what: 'Entra ID refuses', advice: byProof[login.proof.kind] };
  return { ...common, code: 'Unauthorized', what: `there is no token for ${login.who}: ${what}`, advice };
}

function numberOf(listed: unknown, description: unknown): number | undefined {
  const [first] = Array.isArray(listed) ? (listed as readonly unknown[]) : [];
  if (typeof first === 'number') return first;
  const found = typeof description === 'string' ? /AADSTS(\d{4,8})\b/.exec(description.slice(0, 200))?.[1] : undefined;
  return found === undefined ? undefined : Number(found);
}

function secretsOf({ secrets }: ExchangeRecord, { proof }: Login): readonly string[] {
  return [...secrets, ...(proof.kind === 'secret' ? [proof.secret] : [])];
}
