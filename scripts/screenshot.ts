import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readEnvironment } from '../test/controlplane/environment.ts';
import { openStatusLab } from '../test/e2e/support/status-lab.ts';
import { startChromium } from '../test/tools/chromium.ts';

/** The pictures of docs/status-page.md, by the colours that the reader prefers. */
const pictures = { light: 'status-page.png', dark: 'status-page-dark.png' } as const;

const browser = await startChromium(readEnvironment(), process.stderr);
try {
  const { world, leaderUrl } = await openStatusLab();
  try {
    for (const [colorScheme, file] of Object.entries(pictures) as [keyof typeof pictures, string][]) {
      const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 800 } });
      await page.goto(leaderUrl);
      const path = fileURLToPath(new URL(`../docs/${file}`, import.meta.url));
      await writeFile(path, await page.screenshot({ clip: { x: 0, y: 0, width: 1200, height: 1100 }, fullPage: true }));
      process.stdout.write(`docs/${file}\n`);
    }
  } finally {
    await world.close();
  }
} finally {
  await browser.close();
}
