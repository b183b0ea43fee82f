import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { Architecture } from './architectures.ts';
import { debianPackages } from './debian-packages.ts';
import { nodeFiles } from './node-package.ts';
import { imageArchive, type ImageArchive } from './oci-archive.ts';
import type { BundledProgram } from './program-files.ts';
import { billOfMaterials, debianComponents, nodeComponent, npmComponents } from './sbom.ts';
import { debianRelease, nonRoot, systemFiles } from './system-files.ts';
import type { TarEntry } from './tar.ts';

/** What is in an image below the program. */
export interface ImageSystem {
  readonly files: readonly TarEntry[];
  /** Everything that is in the image, the program and its packages included, as CycloneDX. */
  readonly sbom: Buffer;
}

/** Fetches the system for an architecture and lists what the image then has. @param seconds the time in it. */
export async function imageSystem(
  architecture: Architecture,
  { metafile }: BundledProgram,
  seconds: number,
): Promise<ImageSystem> {
  return await inFolder(async (folder) => {
    const packages = await debianPackages(architecture, folder);
    const { name, node } = architecture;
    const components = [
      ...npmComponents(metafile),
      nodeComponent(node.integrity, node.name),
      ...debianComponents(packages, name, await debianRelease(packages)),
    ];
    const bill = billOfMaterials('container', components, seconds);
    return { files: await systemFiles(architecture, packages), sbom: Buffer.from(`${JSON.stringify(bill, null, 2)}\n`) };
  });
}

/**
 * Makes the image of an architecture: what changes least is in the lowest layer, so that an upgrade pulls the program alone.
 * The heap's young generation is kept small and few threads are started: memory at rest (docs/benchmarks.md).
 */
export async function makeImage(
  architecture: Architecture,
  { files: program }: BundledProgram,
  { files: system, sbom }: ImageSystem,
  seconds: number,
): Promise<ImageArchive> {
  const node = await inFolder(async (folder) => await nodeFiles(architecture.node, folder));
  const { name, version, description, license } = packageJson;
  const label = (key: string, value: string): readonly [string, string] => [`org.opencontainers.image.${key}`, value];
  return await imageArchive({
    architecture: architecture.name,
    layers: [
      { comment: 'libraries of Debian, certificates of public CAs, one user', entries: system },
      { comment: 'Node.js', entries: node },
      { comment: `${name} ${version}`, entries: [...program, { path: 'app/sbom.cdx.json', data: sbom }] },
    ],
    config: {
      User: `${nonRoot}:${nonRoot}`,
      Env: ['PATH=/usr/local/bin'],
      Entrypoint: ['/usr/local/bin/node', '--max-semi-space-size=2', '--v8-pool-size=1', '/app/external-issuer.mjs'],
      WorkingDir: '/',
      Labels: Object.fromEntries([
        label('title', name),
        label('description', description),
        label('version', version),
        label('licenses', license),
        label('created', new Date(seconds * 1000).toISOString()),
      ]),
    },
    reference: `${name}:${version}`,
    seconds,
  });
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'external-issuer-image-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
