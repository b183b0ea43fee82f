import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { selfSigned } from '../signers/ca/support/fake-holder.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { standIns, type Answer } from './stand-ins.ts';

const programs = standIns(['kubectl', 'helm', 'kind', 'make', 'uname']);
after(programs.remove);

const tls = Buffer.from(selfSigned().certificatePem).toString('base64');
const context: Answer = { when: /^kubectl config current-context/, stdout: 'here\n' };
const secret: Answer = { when: /get secret example-tls/, stdout: tls };
const machine: Answer = { when: /^uname/, stdout: 'x86_64\n' };
const noCertManager: Answer = { when: /get customresourcedefinition/, status: 1 };
const image = ['--image', 'registry.example.com:5000/pki/external-issuer:0.1.0'];

const helmCall =
  'helm --kube-context here upgrade --install external-issuer charts/external-issuer --namespace external-issuer-system ' +
  '--create-namespace --set-string image.repository=registry.example.com:5000/pki/external-issuer --set-string image.tag=0.1.0 ' +
  '--set signers={mockca,pki,keyvault,secretca} --wait --timeout 3m';
const changes = [
  helmCall,
  'kubectl --context here apply -f examples/mockca-cluster-issuer.yaml',
  'kubectl --context here wait externalclusterissuer/mockca-cluster-issuer --for=condition=Ready --timeout=60s',
  'kubectl --context here apply -f examples/certificate.yaml',
  'kubectl --context here wait certificate/example --namespace default --for=condition=Ready --timeout=120s',
];
/** The calls that look and change nothing. */
const looks = /^uname|^kubectl (?:config|--context \S+ (?:version|get) )|^kubectl --context \S+ version|^kind get /;
const changing = (calls: readonly string[]): readonly string[] => calls.filter((call) => !looks.test(call));

describe('scripts/quick-start.sh', () => {
  test('installs the chart, makes issuer and Certificate in this order, and shows the certificate', () => {
    const { status, stdout, stderr, calls } = programs.run('quick-start.sh', image, [context, secret]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(changing(calls), changes);
    assert.match(stdout, /issuer=CN\s?=\s?Team CA/);
  });

  test('shows the same with --dry-run and changes nothing', () => {
    const { status, stdout, calls } = programs.run('quick-start.sh', [...image, '--dry-run'], [context]);
    assert.equal(status, 0);
    assert.deepEqual(changing(calls), []);
    const shown = stdout.split('\n').filter((line) => line.startsWith('+ '));
    assert.deepEqual(
      shown.map((line) => line.slice(2).replaceAll('\\', '')),
      changes,
    );
  });

  test('installs cert-manager first where it is not there and its chart is given', () => {
    const { calls } = programs.run(
      'quick-start.sh',
      [...image, '--cert-manager-chart', 'cm.tgz'],
      [context, noCertManager, secret],
    );
    assert.deepEqual(changing(calls).slice(0, 2), [
      'helm --kube-context here upgrade --install cert-manager cm.tgz --namespace cert-manager --create-namespace ' +
        '--set crds.enabled=true --wait --timeout 5m',
      helmCall,
    ]);
  });

  test('takes an image by its digest, and one without a tag', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const byDigest = programs.run('quick-start.sh', ['--image', `host:5000/ei@${digest}`, '--context', 'there'], [secret]);
    assert.match(
      byDigest.calls.join('\n'),
      new RegExp(`image.repository=host:5000/ei --set-string image.digest=${digest} --set`),
    );
    const bare = programs.run('quick-start.sh', ['--image', 'host:5000/ei', '--context', 'there'], [secret]);
    assert.match(bare.calls.join('\n'), /^helm --kube-context there .* image.repository=host:5000\/ei --set signers/m);
  });

  test('makes a kind cluster, and builds the image into it', () => {
    const args = ['--kind', 'try', '--build', '--cert-manager-chart', 'cm.tgz'];
    const made = programs.run('quick-start.sh', args, [machine, noCertManager, secret]);
    assert.equal(made.status, 0, made.stderr);
    assert.deepEqual(changing(made.calls).slice(0, 3), [
      'kind create cluster --name try --wait 120s',
      'make image',
      `kind load image-archive dist/image/external-issuer-${packageJson.version}-amd64.tar --name try`,
    ]);
    const again = programs.run('quick-start.sh', args, [{ when: /^kind get clusters/, stdout: 'try\n' }, machine, secret]);
    assert.equal(changing(again.calls)[0], 'make image');
  });

  const refused: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ['no image', [], 2, /^error: --image: required, REGISTRY\/external-issuer:TAG; there is no public image/],
    ['an option without a value', ['--image', '--dry-run'], 2, /^error: --image: needs a value/],
    ['an unknown option', ['--imgae', 'x'], 2, /^error: unknown option --imgae/],
    ['the option of the old script', ['--registry', 'x'], 2, /^error: --registry: is --image here/],
    ['--build without kind', ['--build'], 2, /^error: --build: loads the image into a kind cluster; give --kind too/],
    ['--build with an image', ['--build', '--kind', ...image], 2, /^error: --image: with --build/],
    ['a context beside kind', ['--kind', '--context', 'a', ...image], 2, /^error: --context: a kind cluster has its own/],
  ];
  for (const [what, args, code, message] of refused) {
    test(`refuses ${what}, and calls nothing`, () => {
      const { status, stderr, calls } = programs.run('quick-start.sh', args);
      assert.equal(status, code);
      assert.match(stderr, message);
      assert.deepEqual(calls, []);
    });
  }

  test('says for which machines there is an image', () => {
    const { status, stderr } = programs.run('quick-start.sh', ['--kind', '--build'], [{ when: /^uname/, stdout: 'riscv64\n' }]);
    assert.equal(status, 1);
    assert.match(stderr, /^error: --build: there is an image for x86_64 and arm64 only, and this machine is riscv64/m);
  });

  const stopped: readonly (readonly [string, readonly Answer[], RegExp])[] = [
    ['no context', [{ when: /current-context/, status: 1 }], /the kubeconfig has no current context; give --context/],
    ['no answer', [context, { when: /version/, status: 1 }], /the cluster of context here does not answer/],
    ['no cert-manager', [context, noCertManager], /cert-manager is not in the cluster; install it .*--cert-manager-chart/],
  ];
  for (const [what, answers, message] of stopped) {
    test(`stops at ${what} before it changes anything`, () => {
      const { status, stderr, calls } = programs.run('quick-start.sh', image, answers);
      assert.equal(status, 1);
      assert.match(stderr, message);
      assert.deepEqual(changing(calls), []);
    });
  }

  test('stops where a step fails', () => {
    const failing = { when: /wait externalclusterissuer/, status: 1, stderr: 'timed out' };
    const { status, calls } = programs.run('quick-start.sh', image, [context, failing]);
    assert.equal(status, 1);
    assert.deepEqual(changing(calls), changes.slice(0, 3));
  });

  test('prints its help', () => {
    const { status, stdout } = programs.run('quick-start.sh', ['--help']);
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: scripts\/quick-start\.sh/);
  });
});
