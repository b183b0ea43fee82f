import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { controllerNamespace } from '../../src/api/group.ts';
import { metricsAuthRules } from '../../src/api/metrics-rules.ts';
import {
  controllerRules,
  leaderElectionRules,
  refsRules,
  rulesFor,
  tokenRules,
  type RbacOptions,
} from '../../src/api/rbac-rules.ts';
import { assertLimited } from './support/admission-cases.ts';
import { eventually } from './support/eventually.ts';
import { applyIssuer, issuerResourceOf, type IssuerName } from './support/objects.ts';
import { hasReason } from './support/requests.ts';
import { loginAccount, openRightsLab, type RightsLab, type Trial } from './support/rights-lab.ts';
import { secureScrape, tokenOf } from './support/secure-scrape.ts';
import { watchSuite, withoutParts } from './support/suite.ts';
import { assertRefused } from './support/token-cases.ts';
import { reviewToken } from './support/token-review.ts';

interface Profile {
  readonly what: string;
  /** Where the namespaced issuers of the profile are. */
  readonly namespace: string;
  readonly options: Partial<RbacOptions>;
  /** Where the issuers with references are: those of the namespace, or cluster issuers. */
  readonly refs: 'namespace' | 'cluster';
  /** A namespace that was not named, in which an issuer refers to a Secret in vain. */
  readonly unnamed?: string;
}

const profiles: readonly Profile[] = [
  {
    what: 'the cluster resource namespace alone',
    namespace: 'rights-default',
    refs: 'cluster',
    unnamed: 'rights-unnamed',
    options: { serviceAccountTokens: [{ namespace: controllerNamespace, name: loginAccount }] },
  },
  {
    what: 'named namespaces, with the built-in approver and metrics that are looked up',
    namespace: 'rights-named',
    refs: 'namespace',
    options: {
      issuerNamespaces: ['rights-named'],
      serviceAccountTokens: [{ namespace: 'rights-named', name: loginAccount }],
      approver: 'built-in',
      metricsSecure: true,
    },
  },
  {
    what: 'every namespace, for CertificateRequests alone',
    namespace: 'rights-wide',
    refs: 'namespace',
    options: {
      clusterWideReferences: true,
      serviceAccountTokens: [{ namespace: 'rights-wide', name: loginAccount }],
      requestKinds: ['CertificateRequest'],
    },
  },
  {
    what: 'CertificateSigningRequests alone, with the built-in approver',
    namespace: 'rights-csr',
    refs: 'cluster',
    options: {
      serviceAccountTokens: [{ namespace: controllerNamespace, name: loginAccount }],
      requestKinds: ['CertificateSigningRequest'],
      approver: 'built-in',
    },
  },
];

/** Words of rules whose calls cannot be seen: the API server asks about them while it answers another call. */
const asked = new Set(['signers']);

describe('under the rights that were asked for', { skip: withoutParts }, () => {
  const suiteEnd = watchSuite();
  let lab: RightsLab;
  before(async () => {
    lab = await openRightsLab();
  });
  after(async () => await lab.world.close(suiteEnd()));

  async function sign(issuer: IssuerName, { namespace, options }: Profile): Promise<void> {
    const kinds = options.requestKinds ?? ['CertificateRequest', 'CertificateSigningRequest'];
    const name = `${namespace}-${issuer.name}`;
    if (kinds.includes('CertificateRequest')) {
      await lab.ask(issuer, namespace, name);
      await lab.requests.until({ namespace, name }, 'is issued', hasReason('Issued'));
    }
    if (kinds.includes('CertificateSigningRequest')) {
      await lab.askByCsr(issuer, name);
      if (options.approver !== 'built-in') await lab.kubectl('certificate', 'approve', name);
      await lab.signingRequests.until({ name }, 'is issued', ({ status }) => (status?.certificate ?? '') !== '');
    }
  }

  /** Uses all that the controller does with the API server; gives the issuers, which are to go before other rights come. */
  async function useEverything(profile: Profile): Promise<readonly IssuerName[]> {
    const { namespace, refs } = profile;
    const place = refs === 'namespace' ? { namespace } : {};
    const where = refs === 'namespace' ? namespace : controllerNamespace;
    const own = { namespace, name: 'own' };
    const open = { name: `open-${namespace}` };
    const keeper = { ...place, name: `keeper-${namespace}` };
    const login = { ...place, name: `login-${namespace}` };
    const allow = { dnsNames: ['*.example.com'] };
    const rules = [
      { name: 'namespace', match: { namespaces: [namespace] }, allow },
      { name: 'people', match: { users: ['*'] }, allow },
    ];
    const first = await lab.rotateCa(where);
    await lab.describeLogin(where);

    await lab.issuers.ready(own, { policy: { rules } });
    await lab.issuers.ready(open);
    await lab.issuers.ready(keeper, { authSecretRef: { name: 'keypair' }, policy: { rules } });
    await lab.issuers.untilChecked(keeper, first);
    for (const issuer of [own, keeper]) await sign(issuer, profile);

    const shown = lab.logins.tokens.length;
    await lab.issuers.ready(login, { signerType: 'pki', configMapRef: { name: 'login' } });
    assert.ok(lab.logins.tokens.length > shown, 'the issuer has logged in');
    const audience = `vault://${refs === 'namespace' ? `${namespace}/` : ''}${login.name}`;
    const user = await reviewToken(lab.world.plane, lab.logins.tokens.at(-1) ?? '', audience);
    assert.equal(user, `system:serviceaccount:${where}:${loginAccount}`);

    await lab.issuers.untilChecked(keeper, await lab.rotateCa(where));
    return [own, open, keeper, login];
  }

  /** Metrics over TLS, for those alone who may read them. */
  async function readMetrics({ processes }: Trial): Promise<void> {
    const { plane } = lab.world;
    const [allowed, other] = await Promise.all([
      tokenOf(plane, controllerNamespace, loginAccount),
      tokenOf(plane, controllerNamespace, 'default'),
    ]);
    for (const { metricsUrl } of processes) {
      const answers = [allowed, other, undefined].map(async (token) => await secureScrape(metricsUrl, token));
      assert.deepEqual(await Promise.all(answers), [200, 403, 401]);
    }
  }

  /** An issuer whose Secret the controller may not read; it says which Role is missing. */
  async function referInVain(namespace: string): Promise<IssuerName> {
    const issuer = { namespace, name: 'in-vain' };
    await lab.prepare(namespace);
    await lab.rotateCa(namespace);
    await applyIssuer(lab.world.admin, issuer, { authSecretRef: { name: 'keypair' } });
    const problem =
      /^ReferenceForbidden: .*may not read Secret "keypair" in namespace "rights-unnamed".*external-issuer-refs-reader/;
    await lab.issuers.untilNotReady(issuer, problem);
    return issuer;
  }

  for (const profile of profiles) {
    const { what, namespace, options, unnamed } = profile;
    const refusals = unnamed === undefined ? 'nothing' : 'only what is read in a namespace that was not named';
    test(`${what}: every feature works, each right is used, and the API server refuses ${refusals}`, async () => {
      await lab.prepare(namespace);
      const trial = await lab.start(options);
      const issuers = await useEverything(profile);
      if (options.metricsSecure === true) await readMetrics(trial);
      const granted = [
        ...rulesFor(controllerRules, options.requestKinds),
        ...leaderElectionRules,
        ...refsRules,
        ...tokenRules(''),
        ...(options.metricsSecure === true ? metricsAuthRules : []),
      ];
      const wanted = granted.flatMap(({ resources }) => resources).filter((resource) => !asked.has(resource));
      await eventually('each right is used', async () => {
        const used = await trial.used();
        const idle = wanted.filter((resource) => !used.has(resource));
        assert.deepEqual(idle, [], 'rights that no feature needs');
        return true;
      });
      const inVain = unnamed === undefined ? [] : [await referInVain(unnamed)];

      await trial.end();
      for (const issuer of [...issuers, ...inVain]) await lab.world.admin.delete(issuerResourceOf(issuer), issuer);
      const refused = await trial.refused();
      const elsewhere = refused.filter((call) => !call.includes(` /api/v1/namespaces/${unnamed}/secrets`));
      assert.deepEqual(elsewhere, []);
      assert.equal(refused.length > 0, unnamed !== undefined, 'a refusal would be seen');
    });
  }

  test('with a token of the controller or of the approver, nobody reads, changes or makes what is not theirs', async () => {
    await lab.give({ approver: 'built-in' });
    await assertRefused(lab);
  });

  test('with such a token, only requests for our issuers are written, and of them no more than is theirs', async () => {
    await lab.give({ approver: 'built-in' });
    await assertLimited(lab);
  });
});
