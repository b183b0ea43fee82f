import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createStore, type Sink, type Store } from '../../../src/kube/store.ts';
import { widget, type Widget } from './support/api-client.ts';

interface View {
  readonly uid: string;
  readonly size: number;
}

/** A store that holds widgets of a size over 0, and what it told. */
function startStore(): { store: Store<View> & Sink<Widget>; deltas: string[] } {
  const deltas: string[] = [];
  const text = (view: View | undefined): string => (view === undefined ? 'none' : `${view.uid}:${view.size}`);
  const store = createStore(
    ({ metadata, spec }: Widget): View | undefined =>
      (spec?.size ?? 0) > 0 ? { uid: metadata.uid ?? '', size: spec?.size ?? 0 } : undefined,
    (key, before, after) => {
      assert.equal(store.get(key), after, 'the store must be as told when it tells');
      deltas.push(`${key} ${text(before)} -> ${text(after)}`);
    },
  );
  return { store, deltas };
}

describe('a store', () => {
  const cases: readonly { name: string; changes: readonly (Widget | string)[]; deltas: readonly string[]; held: number }[] = [
    { name: 'tells what is new', changes: [widget('a', 1, 'u')], deltas: ['default/a none -> u:1'], held: 1 },
    {
      name: 'tells what was and what is',
      changes: [widget('a', 1, 'u'), widget('a', 2, 'u')],
      deltas: ['default/a none -> u:1', 'default/a u:1 -> u:2'],
      held: 1,
    },
    {
      name: 'tells what was deleted',
      changes: [widget('a', 1, 'u'), 'default/a'],
      deltas: ['default/a none -> u:1', 'default/a u:1 -> none'],
      held: 0,
    },
    {
      name: 'drops what is of no interest any more',
      changes: [widget('a', 1, 'u'), widget('a', 0, 'u')],
      deltas: ['default/a none -> u:1', 'default/a u:1 -> none'],
      held: 0,
    },
    { name: 'never holds or tells what is of no interest', changes: [widget('a', 0, 'u'), 'default/a'], deltas: [], held: 0 },
    { name: 'does not tell of the deletion of what it never held', changes: ['default/b'], deltas: [], held: 0 },
    {
      name: 'tells an object made again under its name as gone and then as new',
      changes: [widget('a', 1, 'u'), widget('a', 1, 'v')],
      deltas: ['default/a none -> u:1', 'default/a u:1 -> none', 'default/a none -> v:1'],
      held: 1,
    },
    {
      name: 'tells only the going where what was made again is of no interest',
      changes: [widget('a', 1, 'u'), widget('a', 0, 'v')],
      deltas: ['default/a none -> u:1', 'default/a u:1 -> none'],
      held: 0,
    },
  ];
  for (const { name, changes, deltas, held } of cases) {
    test(name, () => {
      const started = startStore();
      for (const change of changes) {
        if (typeof change === 'string') started.store.remove(change);
        else started.store.upsert(change);
      }
      assert.deepEqual(started.deltas, deltas);
      assert.equal(started.store.size, held);
      assert.equal([...started.store.values()].length, held);
      assert.deepEqual([...started.store.keys()], held === 0 ? [] : ['default/a']);
    });
  }
});
