import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeAnswer, describeRequest } from '../../../../../src/signers/http-pki/config/describe.ts';
import { createMask } from '../../../../../src/signers/http-pki/config/mask.ts';

const url = new URL('https://pki.example.com/sign?token=s3cr3t-value');
const plain = (text: string): string => text;

describe('a request in words', () => {
  test('is what goes over the wire, secrets masked', () => {
    const request = {
      method: 'POST',
      url,
      headers: new Map([
        ['content-type', 'application/json'],
        ['authorization', 'Bearer s3cr3t-value'],
      ]),
      body: Buffer.from('{\r\n\t"csr": "x\u0007"\n}'),
    };
    assert.equal(
      describeRequest(request, createMask(['s3cr3t-value'])),
      'POST https://pki.example.com/sign?token=***\ncontent-type: application/json\nauthorization: Bearer ***\n\n{\n\t"csr": "x\\u0007"\n}',
    );
  });

  test('ends after the headers where there is no body', () => {
    assert.equal(describeRequest({ method: 'GET', url, headers: new Map() }, plain), `GET ${url.href}`);
  });

  test('shows bytes that are no text as hexadecimal', () => {
    const answer = {
      status: 200,
      headers: new Map(),
      url,
      body: Buffer.concat([Buffer.from([0x30, 0xff]), Buffer.alloc(8190)]),
    };
    assert.equal(describeAnswer(answer, plain), `200\n\n<8192 bytes: 30ff${'00'.repeat(8190)}>`);
    const long = { ...answer, body: Buffer.concat([answer.body, Buffer.from([1])]) };
    assert.equal(describeAnswer(long, plain), `200\n\n<8193 bytes: 30ff${'00'.repeat(8190)}...>`);
    const short = { ...answer, body: Buffer.from([0x30, 0]) };
    assert.equal(describeAnswer(short, plain), '200\n\n<2 bytes: 3000>');
  });

  test('shows 64 KiB of a body, and no part of a secret at the cut', () => {
    const body = Buffer.from(`${'a'.repeat(65_530)}s3cr3t-value${'b'.repeat(100)}`);
    const text = describeAnswer({ status: 200, headers: new Map(), url, body }, createMask(['s3cr3t-value']));
    assert.ok(!text.includes('s3cr'));
    assert.match(text, /a\*\*\*bbb\n<cut: the body has 65642 bytes>$/);
  });
});
