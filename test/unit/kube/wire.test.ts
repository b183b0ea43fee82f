import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CustomObjectsApi, KubeConfig, KubernetesObjectApi, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { KubeClient } from '../../../src/kube/client.ts';
import { startSetting, widget, widgets, type Setting } from './support/api-client.ts';

interface Theirs {
  readonly custom: CustomObjectsApi;
  readonly objects: KubernetesObjectApi;
}

function otherClient({ server }: Setting): Theirs {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'mock', server: server.url, skipTLSVerify: true }, { name: 'nobody' });
  return { custom: config.makeApiClient(CustomObjectsApi), objects: KubernetesObjectApi.makeApiClient(config) };
}

const key = { namespace: 'default', name: 'a' };
const place = { group: widgets.group, version: widgets.version, plural: widgets.plural, namespace: 'default' };
const typed = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: key, spec: { size: 2 } };
const asApply = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply);

const pairs: readonly (readonly [string, (ours: KubeClient) => Promise<unknown>, (theirs: Theirs) => Promise<unknown>])[] = [
  [
    'a list of a page',
    (ours) => ours.list(widgets, { namespace: 'default', limit: 1, fieldSelector: 'metadata.name!=b' }),
    ({ custom }) => custom.listNamespacedCustomObject({ ...place, limit: 1, fieldSelector: 'metadata.name!=b' }),
  ],
  [
    'a server-side apply',
    (ours) => ours.apply(widgets, widget('a', 2), { fieldManager: 'me' }),
    ({ objects }) => objects.patch(typed, undefined, undefined, 'me', true, PatchStrategy.ServerSideApply),
  ],
  [
    'a server-side apply of a status',
    (ours) => ours.apply(widgets, widget('a', 2), { fieldManager: 'me', subresource: 'status' }),
    ({ custom }) =>
      custom.patchNamespacedCustomObjectStatus({ ...place, name: 'a', body: typed, fieldManager: 'me', force: true }, asApply),
  ],
  [
    'a creation',
    (ours) => ours.create(widgets, widget('b', 2)),
    ({ objects }) => objects.create({ ...typed, metadata: { ...key, name: 'b' } }),
  ],
  ['a replacement', (ours) => ours.replace(widgets, widget('a', 2)), ({ objects }) => objects.replace(typed)],
  [
    'a merge patch',
    (ours) => ours.mergePatch(widgets, key, typed),
    ({ objects }) => objects.patch(typed, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch),
  ],
  ['a get', (ours) => ours.get(widgets, key), ({ custom }) => custom.getNamespacedCustomObject({ ...place, name: 'a' })],
];

describe('on the wire our client and the official one send the same for', () => {
  for (const [name, ours, theirs] of pairs) {
    test(name, async (t) => {
      const setting = await startSetting(t);
      const { server } = setting;
      const request = async (send: () => Promise<unknown>): Promise<{ sent: object; got: unknown }> => {
        server.put(widgets, widget('a', 1, 'uid-a'));
        server.remove(widgets, widget('b').metadata);
        const answer = (await send()) as { metadata: Record<string, unknown>; items?: { spec: unknown }[]; spec?: unknown };
        const last = server.seen.at(-1);
        assert.ok(last !== undefined);
        const { method, path, query, headers } = last;
        const body: unknown = last.body === '' ? undefined : JSON.parse(last.body);
        const got = { spec: answer.spec, items: answer.items?.map(({ spec }) => spec) };
        return { sent: { method, path, query, contentType: headers['content-type'], body }, got };
      };
      const our = await request(() => ours(setting.client));
      const their = await request(() => theirs(otherClient(setting)));
      assert.deepEqual(our, their);
    });
  }
});
