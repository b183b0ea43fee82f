import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { systemClock } from '../../../src/lib/clock.ts';
import { authorityInFolder } from '../../../src/mockca/ca-files.ts';
import { openssl } from '../x509/tools.ts';

const parameters = {
  commonName: 'Kept CA',
  key: { algorithm: 'ECDSA', size: 256 },
  validitySeconds: 86_400,
  pathLength: 1,
} as const;

describe('a CA that is kept in a folder', () => {
  let root = '';
  let folder = '';
  let count = 0;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'mockca-'));
  });
  beforeEach(() => {
    folder = join(root, `case-${++count}`, 'ca');
  });
  after(async () => rm(root, { recursive: true, force: true }));

  test('is made where there is none, for its owner alone to read', async () => {
    const { authority, made } = await authorityInFolder(folder, parameters, systemClock);
    assert.equal(made, true);
    assert.deepEqual((await readdir(folder)).toSorted(), ['tls.crt', 'tls.key']);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    for (const file of ['tls.crt', 'tls.key']) assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600);
    assert.equal(await readFile(join(folder, 'tls.crt'), 'utf8'), authority.certificatePem);
  });

  test('is the same the next time, whatever a new one would be like', async () => {
    const first = await authorityInFolder(folder, parameters, systemClock);
    const again = await authorityInFolder(folder, { ...parameters, commonName: 'Other' }, systemClock);
    assert.equal(again.made, false);
    assert.equal(again.authority.certificatePem, first.authority.certificatePem);
    assert.equal(again.authority.exportKeyPem(), first.authority.exportKeyPem());
  });

  test('is one and the same for all who start at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => authorityInFolder(folder, parameters, systemClock)));
    assert.equal(new Set(all.map(({ authority }) => authority.certificatePem)).size, 1);
    assert.equal(all.filter(({ made }) => made).length, 1);
  });

  test('may be one that openssl made', async () => {
    await authorityInFolder(folder, parameters, systemClock);
    const key = openssl(['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']);
    const certificate = openssl(['req', '-x509', '-key', 'k', '-subj', '/CN=Mine', '-days', '2'], { k: key });
    await writeFile(join(folder, 'tls.key'), key);
    await writeFile(join(folder, 'tls.crt'), certificate);
    assert.equal((await authorityInFolder(folder, parameters, systemClock)).authority.subject, 'CN=Mine');
  });

  test('is ended where its maker was killed before its key had its name, by all who start next', async () => {
    const { authority } = await authorityInFolder(folder, parameters, systemClock);
    const id = createHash('sha256').update(authority.certificatePem).digest('hex').slice(0, 16);
    await rename(join(folder, 'tls.key'), join(folder, `tls.key.${id}`));
    const all = await Promise.all(Array.from({ length: 4 }, () => authorityInFolder(folder, parameters, systemClock)));
    for (const next of all) {
      assert.equal(next.made, false);
      assert.equal(next.authority.exportKeyPem(), authority.exportKeyPem());
    }
    assert.deepEqual((await readdir(folder)).toSorted(), ['tls.crt', 'tls.key']);
  });

  test('is made anew where its maker was killed before its certificate had its name', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'tls.key.0123456789abcdef'), 'of another');
    assert.equal((await authorityInFolder(folder, parameters, systemClock)).made, true);
    assert.equal((await authorityInFolder(folder, parameters, systemClock)).made, false);
  });

  for (const [there, missing] of [
    ['tls.key', 'tls.crt'],
    ['tls.crt', 'tls.key'],
  ] as const) {
    test(`${there} without ${missing} is an error that names both, and nothing is overwritten`, async () => {
      await authorityInFolder(folder, parameters, systemClock);
      const content = await readFile(join(folder, there), 'utf8');
      await rm(join(folder, missing));
      const message = new RegExp(`${there} is there without .*${missing}; put the missing file back`);
      await assert.rejects(authorityInFolder(folder, parameters, systemClock), { code: 'CAUnusable', message });
      assert.equal(await readFile(join(folder, there), 'utf8'), content);
    });
  }

  test('a key of another CA is an error that names the file', async () => {
    await authorityInFolder(folder, parameters, systemClock);
    await writeFile(join(folder, 'tls.key'), openssl(['genpkey', '-algorithm', 'ED25519']));
    await assert.rejects(authorityInFolder(folder, parameters, systemClock), {
      code: 'CAUnusable',
      message: /tls\.key: it does not belong/,
    });
  });

  test('a folder that is a file is an error that names it', async () => {
    await writeFile(join(root, 'file'), '');
    await assert.rejects(authorityInFolder(join(root, 'file'), parameters, systemClock), {
      code: 'CAUnusable',
      message: /cannot be kept in .*file/,
    });
  });
});
