import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { namedVersions, releases } from '../../../scripts/release/versions.ts';
import { projectRoot } from '../support/markdown.ts';

describe('the version', () => {
  test('is the same wherever the tree names it', () => {
    const named = namedVersions();
    const [first] = named;
    assert.equal(first?.place, 'package.json');
    for (const { place, version } of named) assert.equal(version, first.version, place);
  });

  test('is looked for in package, chart, manifests and changelog', () => {
    const places = new Set(namedVersions().map(({ place }) => place.replace(/,.*/, '')));
    assert.deepEqual([...places].toSorted(), [
      'CHANGELOG.md',
      'charts/external-issuer/Chart.yaml',
      'deploy/install.yaml',
      'package-lock.json',
      'package.json',
    ]);
  });
});

describe('the notes of a release', () => {
  test('are its section of the changelog, without what is not released', () => {
    const changelog =
      '# Changelog\n\n## [Unreleased]\n\n- x\n\n## [0.2.0] - 2027-01-02\n\n### Added\n\n- a\n\n## [0.1.0] - 2026-11-22\n\n- b\n';
    assert.deepEqual(releases(changelog), [
      { version: '0.2.0', notes: '### Added\n\n- a' },
      { version: '0.1.0', notes: '- b' },
    ]);
  });

  test('are there for the version of the tree', () => {
    const [newest] = releases(readFileSync(new URL('CHANGELOG.md', projectRoot), 'utf8'));
    assert.match(newest?.notes ?? '', /^- /m);
  });
});
