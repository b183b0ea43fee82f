import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { tarOf, type TarEntry } from './tar.ts';

const compress = promisify(gzip);

/** What an image is made of. */
export interface ImageParts {
  readonly architecture: string;
  /** The lowest first, and what it is, for `docker history`. */
  readonly layers: readonly { readonly comment: string; readonly entries: readonly TarEntry[] }[];
  /** The `config` of the image: entrypoint, user, labels. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Name and tag for `docker load`, which has none to ask for: `external-issuer:0.1.0`. */
  readonly reference: string;
  /** The time of the image and of every file in it, in seconds since 1970. */
  readonly seconds: number;
}

/** An image in one file. */
export interface ImageArchive {
  readonly bytes: Buffer;
  /** Of the image's manifest: what a registry calls it. */
  readonly digest: string;
  /** Bytes of its files. */
  readonly unpacked: number;
}

interface Blob {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/**
 * Makes an OCI image layout in a tar archive. It has the index of `docker save` too, so that every program that loads images reads it.
 * The same parts give the same digests, on one version of Node.
 * @see https://github.com/opencontainers/image-spec (v1.1: config, manifest, image-layout)
 */
export async function imageArchive({ architecture, layers, config, reference, seconds }: ImageParts): Promise<ImageArchive> {
  const tars = layers.map(({ entries }) => tarOf(entries, seconds));
  const type = 'application/vnd.oci.image';
  const layerBlobs = await Promise.all(
    tars.map(async (tar): Promise<Blob> => ({
      mediaType: `${type}.layer.v1.tar+gzip`,
      bytes: await compress(tar, { level: 9 }),
    })),
  );
  const created = new Date(seconds * 1000).toISOString().replace('.000', '');
  const configBlob = json(`${type}.config.v1+json`, {
    created,
    architecture,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
    history: layers.map(({ comment }) => ({ created, created_by: 'make image', comment })),
  });
  const manifest = json(`${type}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: descriptor(configBlob),
    layers: layerBlobs.map(descriptor),
  });
  const tag = reference.slice(reference.lastIndexOf(':') + 1);
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const platform = { os: 'linux', architecture };
  const index = { schemaVersion: 2, manifests: [{ ...descriptor(manifest), platform, annotations }] };
  const saved = [{ Config: pathOf(configBlob), RepoTags: [reference], Layers: layerBlobs.map(pathOf) }];
  const entries = [
    { path: 'oci-layout', data: text({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', data: text(index) },
    { path: 'manifest.json', data: text(saved) },
    ...[configBlob, manifest, ...layerBlobs].map((blob) => ({ path: pathOf(blob), data: blob.bytes })),
  ];
  return {
    bytes: tarOf(entries, seconds),
    digest: digestOf(manifest.bytes),
    unpacked: tars.reduce((sum, { length }) => sum + length, 0),
  };
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function pathOf({ bytes }: Blob): string {
  return `blobs/${digestOf(bytes).replace(':', '/')}`;
}

function descriptor({ mediaType, bytes }: Blob): Readonly<Record<string, unknown>> {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function text(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function json(mediaType: string, value: unknown): Blob {
  return { mediaType, bytes: text(value) };
}
