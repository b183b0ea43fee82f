import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from '../controlplane/run.ts';

/**
 * Makes an image that holds one static program, which it runs, as an archive for `ctr images import`, in a new folder.
 * @returns the archive's path.
 * @see https://github.com/moby/docker-image-spec (the format of `docker save`)
 */
export async function singleFileImage(program: string, name: string, folder: string): Promise<string> {
  const file = basename(program);
  await mkdir(folder);
  await copyFile(program, join(folder, file));
  await tar(folder, 'layer.tar', [file]);
  const digest = createHash('sha256')
    .update(await readFile(join(folder, 'layer.tar')))
    .digest('hex');
  const config = {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Entrypoint: [`/${file}`], User: '65532:65532' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
  const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  await tar(folder, 'image.tar', ['config.json', 'layer.tar', 'manifest.json']);
  return join(folder, 'image.tar');
}

async function tar(folder: string, archive: string, files: readonly string[]): Promise<void> {
  const args = ['--create', `--file=${archive}`, '--owner=0', '--group=0', '--numeric-owner', '--mode=0755', ...files];
  const { code, stderr } = await run('tar', args, { cwd: folder });
  if (code !== 0) throw new Error(`tar ${args.join(' ')} failed: ${stderr.trim()}`);
}
