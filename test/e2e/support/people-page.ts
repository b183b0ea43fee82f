import assert from 'node:assert/strict';
import { blocksOf, readPage } from '../../unit/support/markdown.ts';

/** Who the page says is to run a block, by its first line. */
export type Actor = 'owner' | 'administrator' | 'Jane';

/** One block of the page. */
export interface Step {
  readonly actor: Actor;
  readonly commands: string;
}

const firstLines: Readonly<Record<string, Actor>> = {
  '# administrator, with cluster-admin, once': 'owner',
  '# administrator': 'administrator',
  '# Jane': 'Jane',
};

/** The blocks of a section of docs/people.md, in their order. */
export async function stepsUnder(heading: string): Promise<readonly Step[]> {
  const { name, text: page } = await readPage('docs/people.md');
  // The blocks begin with comments, which look like headings of the first level.
  const section = page.split(/^(?=## )/m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
  const blocks = blocksOf({ name, text: section }, 'sh');
  assert.ok(blocks.length > 0, `there are commands under ${heading}`);
  return blocks.map(({ text }) => {
    const actor = firstLines[text.split('\n')[0] ?? ''];
    assert.ok(actor !== undefined, `the first line says who runs this:\n${text}`);
    return { actor, commands: text };
  });
}
