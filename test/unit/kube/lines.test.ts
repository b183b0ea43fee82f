import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readLines } from '../../../src/kube/lines.ts';
import { collect } from './support/api-client.ts';

async function linesOf(chunks: readonly Uint8Array[], maxLineBytes?: number): Promise<string[]> {
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  return await collect(readLines(stream(), maxLineBytes));
}

/** Cuts the bytes at these places. */
function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

const line = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !text.includes('\n') && text.trim() !== '');

describe('lines of a stream', () => {
  test('are the same however the stream is cut into pieces, and what follows the last newline is none', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), line, fc.array(fc.nat()), async (lines, rest, places) => {
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join('') + rest);
        assert.deepEqual(await linesOf(cutAt(bytes, places)), lines);
      }),
      { numRuns: 300 },
    );
  });

  test('are told without the empty ones between them', async () => {
    assert.deepEqual(await linesOf([Buffer.from('\n\na\n \nb\n\n')]), ['a', 'b']);
  });

  const cases: readonly (readonly [string, readonly string[], boolean])[] = [
    ['of just the limit', ['12345678\n12345678\n'], true],
    ['of just the limit in pieces', ['1234', '5678', '\n'], true],
    ['over the limit in one piece', ['123456789\n'], false],
    ['over the limit in pieces', ['12345', '6789\n'], false],
    ['over the limit that never ends', ['12345678', '9'], false],
  ];
  for (const [name, chunks, fits] of cases) {
    test(`${name} ${fits ? 'are read' : 'end the stream with an error'}`, async () => {
      const reading = linesOf(
        chunks.map((chunk) => Buffer.from(chunk)),
        8,
      );
      if (fits) assert.deepEqual(new Set(await reading), new Set(['12345678']));
      else await assert.rejects(reading, /exceeds 8 bytes/);
    });
  }
});
