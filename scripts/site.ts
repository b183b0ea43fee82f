// Builds the documentation site: docs/ and the other pages into site/dist, with a generator that is installed in site/ alone. Links
// that lead nowhere, and pages that would load something from another host, fail it. SITE_BASE: where on its host it will be.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { siteProblems } from './site/check.ts';
import { stageSite } from './site/stage.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const site = join(root, 'site');
const generator = join(site, 'node_modules', 'vitepress', 'bin', 'vitepress.js');

function run(command: string, ...args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: site, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

if (!existsSync(generator))
  run('npm', 'install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error');
stageSite(root, join(site, '.source'));
run(process.execPath, generator, 'build', '.source');
const problems = siteProblems(join(site, 'dist'), process.env['SITE_BASE'] ?? '/');
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log('The site is in site/dist; to see it: python3 -m http.server --bind 127.0.0.1 --directory site/dist');
