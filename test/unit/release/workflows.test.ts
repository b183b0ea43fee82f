import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { projectRoot } from '../support/markdown.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}
interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly container?: string;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Fetch, set up, keep and hand on; what is done is in the Makefile. */
const actions = [
  'actions/checkout',
  'actions/setup-node',
  'actions/setup-go',
  'actions/cache',
  'actions/upload-artifact',
  'actions/upload-pages-artifact',
  'actions/deploy-pages',
];
/** Rights that a job may have beyond reading the source. */
const granted: Readonly<Record<string, readonly string[]>> = { 'docs.yml deploy': ['id-token: write', 'pages: write'] };

const targets = new Set(
  [...readFileSync(new URL('Makefile', projectRoot), 'utf8').matchAll(/^([a-z0-9-]+):/gm)].map(([, target]) => target),
);
const files = globSync('.github/workflows/*', { cwd: fileURLToPath(projectRoot) }).toSorted();
const workflows = files.map((file) => {
  const text = readFileSync(new URL(file, projectRoot), 'utf8');
  return { name: basename(file), text, workflow: parse(text) as Workflow };
});
const jobs = workflows.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).map(([job, rest]) => ({ name: `${name} ${job}`, job: rest })),
);

describe('the workflows', () => {
  test('are those of changes, documentation and releases', () => {
    assert.deepEqual(
      workflows.map(({ name }) => name),
      ['ci.yml', 'docs.yml', 'release.yml'],
    );
  });

  test('run make targets that there are, and nothing else', () => {
    const runs = jobs.flatMap(({ job }) => job.steps).flatMap(({ run }) => (run === undefined ? [] : [run]));
    for (const run of runs) {
      const [, target] = /^make ([a-z0-9-]+)(?: [A-Z_]+="\$[A-Z_]+")*$/.exec(run) ?? [];
      assert.ok(targets.has(target), run);
    }
    for (const target of ['check', 'test', 'site', 'test-site', 'release']) {
      assert.ok(
        runs.some((run) => run.split(' ')[1] === target),
        target,
      );
    }
  });

  test('use known actions, of a version, and leave no credential behind', () => {
    for (const { name, job } of jobs) {
      for (const { uses, run, with: settings } of job.steps) {
        assert.ok((uses === undefined) !== (run === undefined), name);
        if (uses === undefined) continue;
        const [, action = ''] = /^(\S+)@v\d+$/.exec(uses) ?? [];
        assert.ok(actions.includes(action), `${name}: ${uses}`);
        if (action === 'actions/checkout') assert.equal(settings?.['persist-credentials'], false, name);
      }
    }
  });

  test('may only read the source, but for what is granted here', () => {
    for (const { name, workflow } of workflows) assert.deepEqual(workflow.permissions, { contents: 'read' }, name);
    for (const { name, job } of jobs) {
      const own = Object.entries(job.permissions ?? {}).map(([right, level]) => `${right}: ${level}`);
      assert.deepEqual(own.toSorted(), granted[name] ?? [], name);
    }
  });

  test('end some day, and put nothing that others write into a command', () => {
    for (const { name, job } of jobs) {
      assert.ok((job['timeout-minutes'] ?? 0) > 0, name);
      for (const { run } of job.steps) assert.doesNotMatch(run ?? '', /\$\{\{/, name);
    }
  });

  test('make images on the Debian that those are of, with the Node of the project', () => {
    const wanted = readFileSync(new URL('.node-version', projectRoot), 'utf8').split('.')[0];
    const making = jobs.filter(({ job }) => job.steps.some(({ run }) => /^make (?:release|image)\b/.test(run ?? '')));
    assert.ok(making.length > 1);
    for (const { name, job } of making) assert.equal(job.container, `node:${wanted}-bookworm`, name);
  });

  test('keep no secret', () => {
    for (const { name, text } of workflows) assert.doesNotMatch(text, /secrets\./, name);
  });
});
