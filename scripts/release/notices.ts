import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A package whose code is in the bundle. */
interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly texts: readonly string[];
}

/**
 * The licenses of the packages in a bundle, as their authors ask: each with its texts.
 * @throws where a package names no license: what is shipped must be known.
 */
export function licenseNotices({ inputs }: Metafile): string {
  const folders = new Set(
    Object.keys(inputs).flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  );
  const packages = [...folders].toSorted().map(readPackage);
  const parts = packages.map(({ name, version, license, texts }) =>
    [`${name} ${version}`, `License: ${license}`, ...texts].join('\n\n'),
  );
  const line = `\n\n${'-'.repeat(80)}\n\n`;
  return `This program contains code of the following packages.${line}${parts.join(line)}\n`;
}

function readPackage(folder: string): Bundled {
  const at = join(root, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as Partial<Bundled>;
  if (name === undefined || version === undefined || typeof license !== 'string') {
    throw new Error(`${folder}/package.json names no license: see under what terms it may be shipped`);
  }
  const files = existsSync(at) ? readdirSync(at).filter((file) => /^(?:licen[cs]e|notice|copying)\b/i.test(file)) : [];
  const texts = files.toSorted().map((file) => readFileSync(join(at, file), 'utf8').trim());
  return { name, version, license, texts };
}
