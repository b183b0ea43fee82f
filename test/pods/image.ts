import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import type { Containerd } from './containerd.ts';

/** Imports the image that `make image` has made for this machine, and says by what name. @throws where there is none. */
export async function importImage({ ctr }: Containerd): Promise<{ readonly repository: string; readonly tag: string }> {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const file = `dist/image/external-issuer-${packageJson.version}-${architecture}.tar`;
  const [repository, tag] = ['external-issuer.test/external-issuer', packageJson.version];
  await ctr('images', 'import', '--base-name', repository, fileURLToPath(new URL(`../../${file}`, import.meta.url)));
  return { repository, tag };
}
