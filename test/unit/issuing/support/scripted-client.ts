import assert from 'node:assert/strict';
import { apiVersionOf, type KubeObject, type ObjectKey, type Resource } from '../../../../src/kube/resource.ts';
import { KubeApiError, type KubeErrorCode } from '../../../../src/kube/api-error.ts';
import type { KubeClient } from '../../../../src/kube/client.ts';

/** What the API server is expected to be asked next, and what it does: answers with an object, or throws. */
interface Expected {
  readonly verb: 'apply' | 'get';
  readonly answer: (asked: KubeObject) => KubeObject;
}

/** A client that plays a script: it fails the test on any call that was not expected. */
export interface ScriptedClient {
  readonly client: Pick<KubeClient, 'apply' | 'get'>;
  expect(verb: Expected['verb'], answer: Expected['answer']): void;
  /** The objects that were applied, whatever came of it. */
  readonly applied: readonly KubeObject[];
  /** Fails the test where something expected was not asked. */
  done(): void;
}

/** Makes a client without a script. */
export function createScriptedClient(): ScriptedClient {
  const script: Expected[] = [];
  const applied: KubeObject[] = [];

  function next<T extends KubeObject>(verb: Expected['verb'], resource: Resource<T>, asked: KubeObject): T {
    const expected = script.shift();
    assert.equal(verb, expected?.verb ?? 'nothing', `${verb} ${apiVersionOf(resource)} ${JSON.stringify(asked)}`);
    assert.ok(expected !== undefined);
    return expected.answer(asked) as T;
  }

  return {
    applied,
    expect: (verb, answer) => void script.push({ verb, answer }),
    done: () =>
      assert.deepEqual(
        script.map(({ verb }) => verb),
        [],
        'calls that were expected and did not come',
      ),
    client: {
      async apply(resource, object, { fieldManager, subresource }) {
        assert.equal(fieldManager, 'external-issuer-controller');
        assert.equal(subresource, 'status');
        applied.push(object);
        return next('apply', resource, object);
      },
      async get(resource, { name, namespace }: ObjectKey) {
        return next('get', resource, { metadata: { name, ...(namespace === undefined ? {} : { namespace }) } });
      },
    },
  };
}

/** An error of the API server. */
export function apiError(code: KubeErrorCode): KubeApiError {
  return new KubeApiError(code, 0, `the API server says ${code}`);
}
