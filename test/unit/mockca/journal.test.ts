import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type JournalEntry, openJournal } from '../../../src/mockca/journal.ts';
import { makeCsr } from './support/csrs.ts';
import { createHarness, jsonOf } from './support/harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'mockca-journal-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function entryOf(route: string): JournalEntry {
  const nobody = { time: '', serial: '1', serialHex: '1', subject: '', sans: [], idempotencyKey: null, requester: '' };
  return { ...nobody, route };
}

describe('the journal', () => {
  test('adds to its file, and leaves half a line that is there to itself', async () => {
    const file = join(folder, 'half');
    writeFileSync(file, '{"whole":1}\n{"ha');
    for (const route of ['a', 'b']) {
      const journal = await openJournal(file);
      await journal.append(entryOf(route));
      await journal.close();
    }
    const [whole, half, ...rest] = readFileSync(file, 'utf8').trimEnd().split('\n');
    assert.deepEqual([whole, half], ['{"whole":1}', '{"ha']);
    assert.deepEqual(
      rest.map((line) => JSON.parse(line) as unknown),
      [entryOf('a'), entryOf('b')],
    );
  });

  test('says that a line was not written whole, and begins the next one on a line of its own', () => {
    const file = join(folder, 'limited');
    const module = JSON.stringify(new URL('../../../src/mockca/journal.ts', import.meta.url).href);
    const script = `
      import { truncateSync } from 'node:fs';
      import { openJournal } from ${module};
      const journal = await openJournal('${file}');
      const append = (route) => journal.append({ route }).then(() => 'written', ({ code }) => code);
      const results = [await append('1'), await append('2'.repeat(2000))];
      truncateSync('${file}', 30);
      results.push(await append('3'));
      console.log(JSON.stringify([results, journal.recent().length]));`;
    // The limit of a file's size (blocks of 512 or 1024 bytes) stands in for a disk that is full.
    const limited = `trap '' XFSZ; ulimit -f 1; exec "$0" --input-type=module -e "$1"`;
    const output = execFileSync('sh', ['-c', limited, process.execPath, script], { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(output), [['written', 'EFBIG', 'written'], '{"route":"1"}\n'.length * 2]);
    assert.match(readFileSync(file, 'utf8'), /^\{"route":"1"\}\n\{"route":"2+\n\{"route":"3"\}\n$/);
  });

  test('of a full disk keeps every certificate back: none is counted, found or given out', async (t) => {
    const harness = await createHarness({ journalFile: '/dev/full' });
    t.after(() => harness.context.journal.close());
    const csr = makeCsr('/CN=a.example', ['DNS:a.example']);
    for (const headers of [{ 'idempotency-key': 'k' }, { 'idempotency-key': 'k' }]) {
      const reply = await harness.call({ path: '/sign', body: csr.pem, headers });
      assert.equal(reply.status, 503);
      assert.equal(jsonOf(reply)['code'], 'JOURNAL_UNWRITABLE');
      assert.match(jsonOf(reply)['details'] ?? '', /ENOSPC.*make room for the file of --journal/);
      assert.doesNotMatch(reply.body, /BEGIN CERTIFICATE/);
    }
    assert.equal(harness.context.signing.count(), 0);
    assert.equal(harness.context.signing.find('a.example'), undefined);
    assert.equal(harness.context.journal.recent(), '');
  });
});
