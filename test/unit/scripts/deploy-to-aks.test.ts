import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import packageJson from '../../../package.json' with { type: 'json' };
import { standIns, type Answer } from './stand-ins.ts';

const programs = standIns(['az', 'kubectl', 'helm', 'make', 'skopeo']);
const withDocker = standIns(['az', 'kubectl', 'helm', 'make', 'docker']);
after(() => {
  programs.remove();
  withDocker.remove();
});

const args = ['--resource-group', 'rg', '--cluster', 'aks', '--registry', 'reg', '--vault', 'v', '--tag', '0.1.0'];
const subject = ['--subject', 'CN=Example CA,O=Example'];

/** Azure with the cluster and the registry. */
const azure: readonly Answer[] = [
  { when: /^az account show --query \[/, stdout: 'My subscription\ntenant-1\n' },
  { when: /^az account show/, stdout: 'tenant-1\n' },
  { when: /^az aks show .* location /, stdout: 'westeurope\n' },
  { when: /^az aks show .*workloadIdentity.enabled/, stdout: 'true\n' },
  { when: /^az aks show .*issuerUrl/, stdout: 'https://oidc.example/1/\n' },
  { when: /^az acr show/, stdout: 'reg.example.com\n' },
];
/** Everything else, as the script leaves it. */
const made: readonly Answer[] = [
  { when: /^az keyvault show .*vaultUri/, stdout: 'https://v.vault.azure.net/\n' },
  { when: /^az keyvault show .*query id/, stdout: '/subscriptions/s/vaults/v\n' },
  { when: /^az identity show .*clientId/, stdout: 'client-1\n' },
  { when: /^az identity show .*principalId/, stdout: 'principal-1\n' },
];
/** The things that are looked for with --output none. */
const absent = (what: string, stderr = 'not found'): Answer => ({
  when: new RegExp(`^az ${what} show .*output none`),
  status: 3,
  stderr,
});
const nothing = ['keyvault', 'keyvault key', 'keyvault secret', 'identity', 'identity federated-credential'].map((what) =>
  absent(what),
);

const looks =
  /^az (?:account|aks|acr|keyvault|keyvault key|keyvault secret|identity|identity federated-credential) show|^kubectl get/;
const changing = (calls: readonly string[]): readonly string[] =>
  calls
    .filter((call) => !looks.test(call))
    .map((call) => call.replace(/--file \S+ --overwrite/, '--file TEMPORARY --overwrite'));

/** The two ends of a pipe are recorded in either order. */
const sorted = (calls: readonly string[]): readonly string[] => {
  const login = calls.findIndex((call) => call.startsWith('skopeo login'));
  const ask = calls.findIndex((call) => call.startsWith('az acr login'));
  return login < 0 || login > ask ? calls : calls.with(login, calls[ask] ?? '').with(ask, calls[login] ?? '');
};
const credentials =
  'az aks get-credentials --resource-group rg --name aks --file TEMPORARY --overwrite-existing --only-show-errors';
const archive = `dist/image/external-issuer-${packageJson.version}`;
const build = [
  'make image',
  'az acr login --name reg --expose-token --query accessToken --output tsv --only-show-errors',
  'skopeo login --username 00000000-0000-0000-0000-000000000000 --password-stdin reg.example.com',
  `skopeo copy oci-archive:${archive}-amd64.tar:${packageJson.version} docker://reg.example.com/external-issuer:0.1.0`,
];
const roles = [
  ['Key Vault Crypto User', 'keys'],
  ['Key Vault Secrets User', 'secrets'],
].map(
  ([role, kind]) =>
    `az role assignment create --role ${role} --scope /subscriptions/s/vaults/v/${kind}/issuing-ca ` +
    '--assignee-object-id principal-1 --assignee-principal-type ServicePrincipal --output none',
);
const federation =
  'az identity federated-credential create --name external-issuer-aks --identity-name external-issuer --resource-group rg ' +
  '--issuer https://oidc.example/1/ --subject system:serviceaccount:external-issuer-system:external-issuer-controller ' +
  '--audiences api://AzureADTokenExchange --output none';
const install = [
  'helm upgrade --install external-issuer charts/external-issuer --namespace external-issuer-system --create-namespace ' +
    '--set-string image.repository=reg.example.com/external-issuer --set-string image.tag=0.1.0 ' +
    '--set workloadIdentity.enabled=true --set-string workloadIdentity.clientId=client-1 ' +
    '--set-string workloadIdentity.tenantId=tenant-1 --wait --timeout 5m',
  'kubectl apply -f -',
  'kubectl wait externalclusterissuer/key-vault --for=condition=Ready --timeout=10m',
];

describe('scripts/deploy-to-aks.sh', () => {
  test('makes whatever is not there, in this order', () => {
    const { status, stderr, stdout, calls } = programs.run(
      'deploy-to-aks.sh',
      [...args, ...subject],
      [...nothing, ...azure, ...made],
    );
    assert.equal(status, 0, stderr);
    assert.deepEqual(sorted(changing(calls)), [
      ...build,
      'az keyvault create --name v --resource-group rg --location westeurope --sku premium --enable-rbac-authorization true ' +
        '--enable-purge-protection true --retention-days 90 --output none',
      'az keyvault key create --vault-name v --name issuing-ca --kty EC-HSM --curve P-256 --ops sign --output none',
      'external-issuer ca create --vault-url https://v.vault.azure.net --key issuing-ca --subject CN=Example CA,O=Example ' +
        '--path-length 0 --store',
      'az identity create --name external-issuer --resource-group rg --location westeurope --output none',
      ...roles,
      federation,
      credentials,
      ...install,
    ]);
    assert.match(stdout, /^ {4}vaultUrl: https:\/\/v\.vault\.azure\.net\n {4}keyName: issuing-ca$/m);
  });

  test('makes nothing twice: run again, it brings up to date what can be', () => {
    const { status, calls } = programs.run('deploy-to-aks.sh', args, [...azure, ...made]);
    assert.equal(status, 0);
    assert.deepEqual(sorted(changing(calls)), [...build, ...roles, credentials, ...install]);
  });

  test('leaves out the build where the image is there', () => {
    const { calls } = programs.run('deploy-to-aks.sh', [...args, '--skip-build'], [...azure, ...made]);
    assert.deepEqual(changing(calls), [...roles, credentials, ...install]);
  });

  test('pushes with docker where there is no skopeo, for the architecture that is asked for', () => {
    const { status, stderr, calls } = withDocker.run(
      'deploy-to-aks.sh',
      [...args, '--architecture', 'arm64'],
      [...azure, ...made],
    );
    assert.equal(status, 0, stderr);
    assert.deepEqual(changing(calls).slice(0, 5), [
      'make image',
      'az acr login --name reg --only-show-errors',
      `docker load --input ${archive}-arm64.tar`,
      `docker tag external-issuer:${packageJson.version} reg.example.com/external-issuer:0.1.0`,
      'docker push reg.example.com/external-issuer:0.1.0',
    ]);
  });

  test('changes nothing with --dry-run, and shows what it would do, with words for what is not there yet', () => {
    const { status, stdout, stderr, calls } = programs.run(
      'deploy-to-aks.sh',
      [...args, ...subject, '--dry-run'],
      [...nothing, ...azure],
    );
    assert.equal(status, 0, stderr);
    assert.deepEqual(changing(calls), [credentials]);
    const shown = stdout.replaceAll('\\', '');
    assert.equal(shown.match(/^\+ /gm)?.length, 13);
    assert.match(shown, /^\+ az role assignment create --role Key Vault Crypto User --scope <vault-id>\/keys\/issuing-ca/m);
    assert.match(shown, /workloadIdentity\.clientId=<client-id>/);
  });

  test('switches workload identity on only where that is asked for', () => {
    const off = [{ when: /^az aks show .*workloadIdentity.enabled/, stdout: '\n' }, ...azure, ...made];
    const refused = programs.run('deploy-to-aks.sh', args, off);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /has no OIDC issuer or no workload identity; .*--enable-workload-identity/);
    assert.deepEqual(changing(refused.calls), []);
    const { calls } = programs.run('deploy-to-aks.sh', [...args, '--enable-workload-identity'], off);
    const update = 'az aks update --resource-group rg --name aks --enable-oidc-issuer --enable-workload-identity --output none';
    assert.equal(changing(calls)[0], update);
  });

  const stopped: readonly (readonly [string, readonly string[], readonly Answer[], number, RegExp])[] = [
    ['a missing option', args.slice(2), [], 2, /^error: --resource-group: required/],
    [
      'an architecture without an image',
      [...args, '--architecture', 'x86'],
      [],
      2,
      /^error: --architecture: is amd64 or arm64, not x86/,
    ],
    ['an unknown option', [...args, '--acr'], [], 2, /^error: unknown option --acr/],
    ['an option without its value', [...args, '--key'], [], 2, /^error: --key: needs a value/],
    ['az without a login', args, [{ when: /^az account/, status: 1 }], 1, /az is not logged in; run az login/],
    ['no certificate and no subject', args, [absent('keyvault secret'), ...azure], 2, /^error: --subject: required/m],
    [
      'no cluster',
      args,
      [{ when: /^az aks show/, status: 3 }, ...azure],
      1,
      /--cluster: there is no cluster aks in resource group rg/,
    ],
    ['no registry', args, [{ when: /^az acr show/, status: 3 }, ...azure], 1, /--registry: there is no container registry reg/],
  ];
  for (const [what, given, answers, code, message] of stopped) {
    test(`stops at ${what} before it changes anything`, () => {
      const { status, stderr, calls } = programs.run('deploy-to-aks.sh', given, answers);
      assert.equal(status, code);
      assert.match(stderr, message);
      assert.deepEqual(changing(calls), []);
    });
  }

  test('says which roles are missing where the vault may not be read', () => {
    const { status, stderr } = programs.run('deploy-to-aks.sh', args, [
      absent('keyvault key', '(Forbidden) Caller is not authorized'),
      ...azure,
      ...made,
    ]);
    assert.equal(status, 1);
    assert.match(stderr, /roles Key Vault Crypto Officer and Key Vault Secrets Officer/);
  });

  test('says that cert-manager is missing before it installs', () => {
    const { status, stderr, calls } = programs.run('deploy-to-aks.sh', args, [
      { when: /^kubectl get/, status: 1 },
      ...azure,
      ...made,
    ]);
    assert.equal(status, 1);
    assert.match(stderr, /cert-manager is not in the cluster/);
    assert.ok(!calls.some((call) => call.startsWith('helm')));
  });

  test('prints its help', () => {
    const { status, stdout } = programs.run('deploy-to-aks.sh', ['--help']);
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: scripts\/deploy-to-aks\.sh/);
  });
});
