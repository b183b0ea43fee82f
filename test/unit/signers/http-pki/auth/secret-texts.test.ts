import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretTexts } from '../../../../../src/signers/http-pki/auth/secret-texts.ts';
import { secretOf } from './support/auth-world.ts';

test('the texts of a Secret are trimmed of line ends, blanks and byte order marks, and binary values are left out', () => {
  const texts = secretTexts(
    secretOf({
      token: '\ufeff  s3cret \r\n',
      pem: '-----A-----\nb\n-----C-----\n',
      der: Uint8Array.of(0x30, 0x82, 0xff),
      zero: 'a\0b',
      ['__proto__']: 'kept',
    }),
  );
  assert.deepEqual(Object.entries(texts), [
    ['token', 's3cret'],
    ['pem', '-----A-----\nb\n-----C-----'],
    ['__proto__', 'kept'],
  ]);
  assert.deepEqual(secretTexts(undefined), {});
});
