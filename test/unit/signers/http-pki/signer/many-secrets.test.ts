import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { call, configFor, expected, open, request, sign } from './support/lab.ts';
import { json, recorder } from './support/recorder.ts';

test('a Secret of 400 long values: what the CA says is not shown, and the controller lives', async (t) => {
  const secret = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`key-${at}`, randomBytes(125).toString('hex')]));
  const token = 'correct-horse-battery';
  const ca = await recorder(t, ({ headers }) => json({ error: `bad ${headers.authorization} ${secret['key-7']}` }, 400));
  const config = configFor(ca.url, { auth: { type: 'bearer' }, response: { errorField: 'error' } });
  const signer = await open(t, config, { secret: { ...secret, token } });
  assert.match(expected(await sign(signer), 'failed').message, /it says: "…"/);
  const traced: string[] = [];
  await signer.sign(request(), call({ trace: ({ text }) => traced.push(text) }));
  assert.doesNotMatch(traced.join('\n'), /correct|Bearer|[0-9a-f]{20}/);
});
