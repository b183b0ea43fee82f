import { systemClock } from '../../../lib/clock.ts';
import { err, ok, type Result } from '../../../lib/result.ts';
import { digestFor } from '../../../x509/signature-algorithm.ts';
import type { CallContext, ConfigProblem } from '../../signer.ts';
import { createByteBudget, issuerAnswerBytes } from '../../network/byte-budget.ts';
import type { OpenVault } from '../contract.ts';
import type { Vault, VaultKeyVersion, VaultOperation, VaultProblem } from '../vault.ts';
import type { Asked } from './answer-problem.ts';
import { authorityOf } from './authority.ts';
import { createExchangeRecords, startRecord } from './exchange-record.ts';
import type { Finding } from './finding.ts';
import { loginOf } from './login.ts';
import { problemOf, sortError } from './problem.ts';
import { readCertificate, readSecret } from './read-objects.ts';
import { readKey, readKeyVersion } from './read-key.ts';
import { readSignature } from './read-signature.ts';
import { openSession, type Session } from './session.ts';
import { vaultScopes } from './token-scopes.ts';
import { untilAborted } from './until-aborted.ts';

/** What the clients of the SDK are given with each call. */
interface CallOptions {
  readonly abortSignal: AbortSignal;
}

const mostVersions = 100;
/** Of 25 each: versions are listed in no order, so all are read. */
const mostPages = 40;
const pageSize = 25;

const noEd25519: Finding = {
  code: 'Refused',
  what: 'vaults do not sign with Ed25519',
  advice: 'use a key of type RSA, RSA-HSM, EC or EC-HSM',
};

/** Opens a vault over Azure's SDK, spoken over the connections of this project. */
export const openVault: OpenVault = async (settings, { azure, network }) => {
  const origin = originOf(settings.vaultUrl);
  if (!origin.ok) return origin;
  const vaultUrl = origin.value;
  const authority = authorityOf(settings.cloud, azure.env);
  if (!authority.ok) return authority;
  const login = loginOf(settings.identity, azure.env);
  if (!login.ok) return login;
  const records = createExchangeRecords();
  const context = { login: login.value, authority: authority.value };
  const scopes = azure.disableChallengeVerification ? undefined : vaultScopes(settings.cloud);
  const sessionSettings = { vaultUrl, ...context, records, ...(scopes === undefined ? {} : { scopes }) };
  const answers = createByteBudget(issuerAnswerBytes, network.answers);
  const open = (): Result<Session, ConfigProblem> => openSession(sessionSettings, { ...network, answers });
  const first = open();
  if (!first.ok) return first;
  const live = new Set<Session>([first.value]);
  let current = first.value;
  let isClosed = false;

  async function call<T>(
    operation: VaultOperation,
    object: Pick<Asked, 'name' | 'version'>,
    { signal, trace }: CallContext,
    work: (session: Session, options: CallOptions) => Promise<Result<T, Finding>>,
  ): Promise<Result<T, VaultProblem>> {
    signal.throwIfAborted();
    const { name, version } = object;
    const asked = { operation, name, version, vaultUrl, who: context.login.who };
    const record = startRecord({ signal, ...(trace === undefined ? {} : { trace }) });
    const session = current;
    try {
      const done = await session.use(async () => {
        return await untilAborted(
          signal,
          records.run(record, async () => await work(session, { abortSignal: signal })),
        );
      });
      return done.ok ? done : err(problemOf(asked, done.error));
    } catch (error) {
      signal.throwIfAborted();
      return err(problemOf(asked, sortError(error, record, asked, { ...context, now: systemClock.now() })));
    }
  }

  return ok({
    url: vaultUrl,
    getKey: (name, version, given) =>
      call('keys/get', { name, version }, given, async ({ keys }, options) => {
        return readKey(await keys.getKey(name, { ...options, ...(version === undefined ? {} : { version }) }), {
          vaultUrl,
          name,
          version,
        });
      }),
    listKeyVersions: (name, given) =>
      call('keys/list', { name }, given, async ({ keys }, options) => {
        const found: VaultKeyVersion[] = [];
        let pages = 0;
        for await (const page of keys.listPropertiesOfKeyVersions(name, options).byPage({ maxPageSize: pageSize })) {
          found.push(...page.flatMap((entry) => readKeyVersion(entry, { vaultUrl, name }) ?? []));
          pages += 1;
          if (pages >= mostPages) break;
        }
        return ok(found.toSorted((one, other) => other.createdOn - one.createdOn).slice(0, mostVersions));
      }),
    createKey: (name, parameters, given) =>
      call('keys/create', { name }, given, async ({ keys }, options) => {
        const common = { ...options, keyOps: ['sign', 'verify'], hsm: parameters.type.endsWith('-HSM') };
        const made =
          'bits' in parameters
            ? await keys.createRsaKey(name, { ...common, keySize: parameters.bits })
            : await keys.createEcKey(name, { ...common, curve: parameters.curve });
        return readKey(made, { vaultUrl, name });
      }),
    sign: (key, algorithm, tbs, given) =>
      call('keys/sign', key, given, async (session, options) => {
        if (algorithm === 'Ed25519') return err(noEd25519);
        const { result } = await session.signer(key).sign(algorithm, digestFor(algorithm, tbs), options);
        return readSignature(result, key);
      }),
    getSecret: (name, version, given) =>
      call('secrets/get', { name, version }, given, async ({ secrets }, options) => {
        const client = await secrets();
        return readSecret(await client.getSecret(name, { ...options, ...(version === undefined ? {} : { version }) }), {
          vaultUrl,
          name,
          version,
        });
      }),
    setSecret: (name, value, given) =>
      call('secrets/set', { name }, given, async ({ secrets }, options) => {
        const client = await secrets();
        return readSecret(await client.setSecret(name, value, { ...options, contentType: 'application/x-pem-file' }), {
          vaultUrl,
          name,
        });
      }),
    getCertificate: (name, version, given) =>
      call('certificates/get', { name, version }, given, async ({ certificates }, options) => {
        const client = await certificates();
        const found =
          version === undefined
            ? await client.getCertificate(name, options)
            : await client.getCertificateVersion(name, version, options);
        return readCertificate(found, { vaultUrl, name, version });
      }),
    forget() {
      if (isClosed) return;
      const next = open();
      // It opened before with the same settings.
      if (!next.ok) return;
      current.retire();
      live.delete(current);
      current = next.value;
      live.add(current);
    },
    async close() {
      isClosed = true;
      await Promise.all([...live].map(async (session) => await session.close()));
    },
  } satisfies Vault);
};

function originOf(vaultUrl: string): Result<string, ConfigProblem> {
  const url = URL.canParse(vaultUrl) ? new URL(vaultUrl) : undefined;
  if (url?.protocol === 'https:' && url.pathname === '/' && url.search === '' && url.username === '') return ok(url.origin);
  const message = 'keyVault.vaultUrl is not the address of a vault: write it as https://NAME.vault.azure.net';
  return err({ code: 'ConfigError', message });
}
