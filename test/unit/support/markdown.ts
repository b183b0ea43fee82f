import { readdir, readFile } from 'node:fs/promises';

/** A page of the documentation; `name` is its path from the root of the project. */
export interface Page {
  readonly name: string;
  readonly text: string;
}

/** A fenced block of code. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

export const projectRoot = new URL('../../../', import.meta.url);

export async function readPage(name: string): Promise<Page> {
  return { name, text: await readFile(new URL(name, projectRoot), 'utf8') };
}

/** Every page that users read: those beside the README and all of docs/. */
export async function readPages(): Promise<readonly Page[]> {
  const [beside, docs] = await Promise.all([readdir(projectRoot), readdir(new URL('docs/', projectRoot), { recursive: true })]);
  const names = [...beside, ...docs.map((name) => `docs/${name}`)].filter((name) => name.endsWith('.md'));
  return await Promise.all(names.toSorted().map(readPage));
}

const fence = /^```(\w*)\n([^]*?)^```$/gm;

export function blocksOf({ text }: Page, ...languages: readonly string[]): readonly Block[] {
  const blocks = [...text.matchAll(fence)].map(([, language = '', body = '']) => ({ language, text: body }));
  return blocks.filter(({ language }) => languages.includes(language));
}

/** The targets of links and images, without those to other sites. */
export function linksOf({ text }: Page): readonly string[] {
  const prose = text.replaceAll(fence, '').replaceAll(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of the headings, as GitHub makes them. */
export function anchorsOf({ text }: Page): ReadonlySet<string> {
  const headings = [...text.replaceAll(fence, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading);
  const anchors = headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(anchors);
}

/** What stands under a heading, up to the next one of its level or above. */
export function sectionOf({ name, text }: Page, heading: string): Page {
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`${name} has no heading "${heading}"`);
  const length = lines.slice(start + 1).findIndex((line) => new RegExp(`^#{1,${level}} `).test(line));
  return { name, text: lines.slice(start, length < 0 ? undefined : start + 1 + length).join('\n') };
}

/** The rows of all tables, as cells, without their heads. */
export function rowsOf({ text }: Page): readonly (readonly string[])[] {
  const tables = text.replaceAll(fence, '').matchAll(/^\|.*\n\|[ |:-]+\|\n((?:\|.*(?:\n|$))*)/gm);
  const lines = [...tables].flatMap(([, body = '']) => body.split('\n').filter((line) => line !== ''));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

/** The words in backquotes of a text. */
export function codeIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}
