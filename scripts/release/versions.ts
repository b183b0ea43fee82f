import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);

/** A place that names the version of the project: which, and what it says. */
export interface NamedVersion {
  readonly place: string;
  readonly version: string;
}

/** All places in the tree that name the version; a place without one says so by an empty version. */
export function namedVersions(): readonly NamedVersion[] {
  const { version } = readJson('package.json');
  const lock = readJson('package-lock.json') as {
    readonly version?: string;
    readonly packages?: Record<string, { version?: string }>;
  };
  const chart = parse(read('charts/external-issuer/Chart.yaml')) as { readonly version?: string; readonly appVersion?: string };
  const install = read('deploy/install.yaml');
  return [
    { place: 'package.json', version },
    { place: 'package-lock.json', version: lock.version },
    { place: 'package-lock.json, packages', version: lock.packages?.['']?.version },
    { place: 'charts/external-issuer/Chart.yaml, version', version: chart.version },
    { place: 'charts/external-issuer/Chart.yaml, appVersion', version: chart.appVersion },
    ...found('deploy/install.yaml, image', install, /^\s*image: \S+:(\S+)$/gm),
    ...found('deploy/install.yaml, app.kubernetes.io/version', install, /^\s*app\.kubernetes\.io\/version: "?([^"\n]+)"?$/gm),
    { place: 'CHANGELOG.md', version: releases(read('CHANGELOG.md'))[0]?.version },
  ].map((named) => ({ place: named.place, version: named.version ?? '' }));
}

/** A section of the changelog. */
export interface Release {
  readonly version: string;
  readonly notes: string;
}

/** The releases in a changelog, the newest first; `[Unreleased]` is none. */
export function releases(changelog: string): readonly Release[] {
  const sections = changelog.split(/^## /m).slice(1);
  return sections.flatMap((section) => {
    const [, version] = /^\[(\d+\.\d+\.\d+[^\]]*)\] - \d{4}-\d{2}-\d{2}\n/.exec(section) ?? [];
    return version === undefined ? [] : [{ version, notes: section.slice(section.indexOf('\n') + 1).trim() }];
  });
}

function found(place: string, text: string, pattern: RegExp): readonly { readonly place: string; readonly version?: string }[] {
  const versions = new Set([...text.matchAll(pattern)].map(([, version = '']) => version));
  return versions.size === 0 ? [{ place }] : [...versions].map((version) => ({ place, version }));
}

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

function readJson(path: string): { readonly version?: string } {
  return JSON.parse(read(path)) as { readonly version?: string };
}
