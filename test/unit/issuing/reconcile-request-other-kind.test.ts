import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequestWorld } from './support/request-world.ts';
import { clusterIssuer, issuerView } from './support/views.ts';

test('a request whose issuer is missing is told of the issuer of the other kind that has the name, and waits', async () => {
  const world = createRequestWorld();
  world.issuer = undefined;
  world.clusterIssuer = issuerView({ key: clusterIssuer });
  world.expectApply();
  assert.deepEqual(await world.reconcile(), {});
  assert.match(world.ready() ?? '', /^Pending: IssuerNotFound: .* but there is an ExternalClusterIssuer of that name/);
  assert.deepEqual(world.signer.calls, []);
  assert.deepEqual(
    world.told.map(({ type, reason }) => `${type} ${reason}`),
    ['Warning IssuerNotFound'],
  );
  world.done();
});
