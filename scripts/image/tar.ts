/** What an archive has at a path: a file, or a symbolic link. Folders come of themselves; everything belongs to root. */
export type TarEntry =
  | { readonly path: string; readonly data: Uint8Array; readonly mode?: number }
  | { readonly path: string; readonly link: string };

const block = 512;

/**
 * A tar archive (POSIX ustar) that depends on nothing but its arguments: sorted by path, each folder before what is in it.
 * @param seconds the time of every entry, since 1970.
 * @throws where two entries have one path, or a path or link is longer than the 100 bytes that the format's simple form allows.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html ("ustar Interchange Format")
 */
export function tarOf(entries: readonly TarEntry[], seconds: number): Buffer {
  const paths = new Set(entries.map(({ path }) => path));
  if (paths.size !== entries.length) throw new Error('an archive has two entries of one path');
  const folders = new Set(entries.flatMap(({ path }) => foldersOf(path)));
  const all = [
    ...[...folders].map((path) => ({
      path: `${path}/`,
      blocks: [header({ path: `${path}/`, mode: 0o755, type: '5', seconds })],
    })),
    ...entries.map((entry) => ({ path: entry.path, blocks: blocksOf(entry, seconds) })),
  ].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return Buffer.concat([...all.flatMap(({ blocks }) => blocks), Buffer.alloc(2 * block)]);
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function blocksOf(entry: TarEntry, seconds: number): readonly Uint8Array[] {
  if ('link' in entry) return [header({ path: entry.path, mode: 0o777, type: '2', link: entry.link, seconds })];
  const { path, data, mode = 0o644 } = entry;
  return [header({ path, mode, type: '0', size: data.length, seconds }), data, Buffer.alloc(-data.length & (block - 1))];
}

interface Header {
  readonly path: string;
  readonly mode: number;
  /** `0` a file, `2` a symbolic link, `5` a folder. */
  readonly type: '0' | '2' | '5';
  readonly link?: string;
  readonly size?: number;
  readonly seconds: number;
}

function header({ path, mode, type, link = '', size = 0, seconds }: Header): Buffer {
  for (const name of [path, link]) {
    if (Buffer.byteLength(name) > 100) throw new Error(`longer than the 100 bytes that an archive has for it: ${name}`);
  }
  const bytes = Buffer.alloc(block);
  const octal = (value: number, offset: number, digits: number): void =>
    void bytes.write(value.toString(8).padStart(digits, '0'), offset);
  bytes.write(path, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(seconds, 136, 11);
  bytes.write(' '.repeat(8), 148);
  bytes.write(type, 156);
  bytes.write(link, 157);
  bytes.write('ustar\u000000', 257);
  octal(
    bytes.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  bytes.write('\0', 154);
  return bytes;
}
