import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import packageJson from '../../package.json' with { type: 'json' };
import packageLock from '../../package-lock.json' with { type: 'json' };
import { nodeVersion } from './architectures.ts';
import type { DebianPackage } from './debian-packages.ts';
import { projectFolder } from './project.ts';

/** A part of what is shipped, as CycloneDX has it. */
export interface Component {
  readonly type: 'library' | 'application';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly licenses: readonly ({ readonly expression: string } | { readonly license: { readonly id: string } })[];
  readonly purl: string;
  readonly cpe?: string;
  readonly hashes?: readonly { readonly alg: 'SHA-256' | 'SHA-512'; readonly content: string }[];
}

/** The packages whose code is in the bundle, and no other that is installed; each installed copy once. */
export function npmComponents({ inputs }: Metafile): readonly Component[] {
  const folders = Object.keys(inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(projectFolder, folder, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly version: string;
      readonly license?: unknown;
    };
    if (typeof license !== 'string') throw new Error(`${folder}/package.json names no license`);
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    const locked = (packageLock.packages as Readonly<Record<string, { readonly integrity?: string }>>)[folder];
    return {
      type: 'library',
      'bom-ref': folder,
      name,
      version,
      licenses: licensesOf(license),
      purl,
      ...(locked?.integrity?.startsWith('sha512-') === true ? { hashes: [sha512Of(locked.integrity)] } : {}),
    };
  });
}

/** Node.js with all that is compiled into it: OpenSSL, V8, libuv and more, which scanners know by its version. */
export function nodeComponent(integrity: string, packageName: string): Component {
  const purl = `pkg:npm/${packageName}@${nodeVersion}`;
  const cpe = `cpe:2.3:a:nodejs:node.js:${nodeVersion}:*:*:*:*:*:*:*`;
  const hashes = [sha512Of(integrity)];
  return {
    type: 'application',
    'bom-ref': purl,
    name: 'node',
    version: nodeVersion,
    licenses: licensesOf('MIT'),
    purl,
    cpe,
    hashes,
  };
}

/** Packages of Debian of which files are in the image. @param release of Debian: `12`. */
export function debianComponents(
  packages: readonly DebianPackage[],
  architecture: string,
  release: string,
): readonly Component[] {
  return packages.map(({ name, version, license, sha256 }) => {
    const [escapedName, escapedVersion] = [name, version].map((word) => encodeURIComponent(word)) as [string, string];
    const purl = `pkg:deb/debian/${escapedName}@${escapedVersion}?arch=${architecture}&distro=debian-${release}`;
    const hashes = [{ alg: 'SHA-256', content: sha256 }] as const;
    return { type: 'library', 'bom-ref': purl, name, version, licenses: licensesOf(license), purl, hashes };
  });
}

/**
 * A software bill of materials; the same for the same parts.
 * @param type of what is described: the program alone or the image of it.
 * @param seconds since 1970.
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function billOfMaterials(
  type: 'application' | 'container',
  components: readonly Component[],
  seconds: number,
): Readonly<Record<string, unknown>> {
  const { name, version, description, license } = packageJson;
  const purl = `pkg:npm/${name}@${version}`;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date(seconds * 1000).toISOString(),
      component: { type, 'bom-ref': 'project', name, version, description, licenses: licensesOf(license), purl },
    },
    components,
    dependencies: [{ ref: 'project', dependsOn: components.map((component) => component['bom-ref']) }],
  };
}

function licensesOf(license: string): Component['licenses'] {
  return / (?:AND|OR|WITH) /.test(license) ? [{ expression: license }] : [{ license: { id: license } }];
}

/** A hash as npm writes it, as CycloneDX does. */
function sha512Of(integrity: string): { readonly alg: 'SHA-512'; readonly content: string } {
  const [, base64 = ''] = integrity.split('-');
  return { alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') };
}
