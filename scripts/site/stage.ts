import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { pagesElsewhere, sitePage } from './navigation.ts';
import { copyOf, rewritePage } from './rewrite.ts';

/** Puts into `source` what the generator reads: the pages with their links rewritten, pictures, files that are linked to, its configuration. */
export function stageSite(root: string, source: string): void {
  rmSync(source, { recursive: true, force: true });
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(join(source, name)), { recursive: true });
    writeFileSync(join(source, name), text);
  };
  const docs = globSync('docs/**/*.md', { cwd: root });
  const linked = new Set<string>();
  for (const file of [...docs, ...Object.keys(pagesElsewhere)]) {
    const { text, files } = rewritePage(file, readFileSync(join(root, file), 'utf8'));
    put(sitePage(file) ?? '', text);
    for (const each of files) {
      if (!existsSync(join(root, each))) throw new Error(`${file} links to ${each}, which is not there`);
      linked.add(each);
    }
  }
  for (const picture of globSync('docs/**/*.{svg,png}', { cwd: root })) {
    mkdirSync(dirname(join(source, picture.slice('docs/'.length))), { recursive: true });
    cpSync(join(root, picture), join(source, picture.slice('docs/'.length)));
  }
  for (const file of linked) stageFile(root, join(source, 'public'), file);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  const records = docs.filter((file) => file.startsWith('docs/adr/')).toSorted();
  const titles = records.map((file) => {
    const [, title = ''] = /^# (.*)$/m.exec(readFileSync(join(root, file), 'utf8')) ?? [];
    return { page: (sitePage(file) ?? '').replace(/\.md$/, ''), title: title.replaceAll('`', '') };
  });
  const options = JSON.stringify({ version, records: titles });
  put(
    '.vitepress/config.mjs',
    `import { siteConfig } from '../../../scripts/site/config.ts';\nexport default siteConfig(${options});\n`,
  );
}

/** A file as text; a folder as a list of what is in it. */
function stageFile(root: string, into: string, file: string): void {
  const at = join(into, copyOf(file));
  mkdirSync(dirname(at), { recursive: true });
  if (!statSync(join(root, file)).isDirectory()) {
    cpSync(join(root, file), at);
    return;
  }
  const inside = globSync('**/*', { cwd: join(root, file), withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(file, posix.relative(posix.join(root, file), posix.join(entry.parentPath, entry.name))));
  for (const each of inside.toSorted()) stageFile(root, into, each);
  const items = inside.toSorted().map((each) => {
    const name = posix.relative(file, each);
    return `<li><a href="${posix.relative(dirname(copyOf(file)), copyOf(each))}">${name}</a></li>`;
  });
  const head = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${file}</title>`;
  writeFileSync(at, `${head}<h1>${file}</h1><ul>${items.join('')}</ul></html>\n`);
}
