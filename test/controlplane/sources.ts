import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A Go module that a program of the tests is built from. */
export interface GoModule {
  readonly folder: string;
  /** Of all that decides what the build makes: go.mod, go.sum, *.go and the platform. Hexadecimal. */
  readonly hash: string;
  /** The Go version that go.mod asks for, such as `1.26.0`. */
  readonly goVersion: string;
  readonly goMod: string;
}

/** The Go module that the parts of the control plane are built from. */
export interface Sources extends GoModule {
  /** Versions of required modules, with the leading `v`. */
  readonly kubernetesVersion: string;
  readonly certManagerVersion: string;
}

function required(goMod: string, pattern: RegExp, what: string): string {
  const version = pattern.exec(goMod)?.[1];
  if (version === undefined) throw new Error(`go.mod names no version of ${what}`);
  return version;
}

/** Reads the Go module in a folder. @throws when its go.mod does not say which Go it wants. */
export async function readModule(folder: string): Promise<GoModule> {
  const names = (await readdir(folder)).filter((name) => name === 'go.mod' || name === 'go.sum' || name.endsWith('.go'));
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const name of names.toSorted()) {
    const content = await readFile(join(folder, name));
    hash.update(`${name} ${content.length}\n`).update(content);
  }
  const goMod = await readFile(join(folder, 'go.mod'), 'utf8');
  return { folder, hash: hash.digest('hex').slice(0, 16), goVersion: required(goMod, /^go (\S+)$/m, 'Go'), goMod };
}

/** Reads the Go module of the control plane. @throws when go.mod lacks one of its main requirements. */
export async function readSources(folder: string): Promise<Sources> {
  const module = await readModule(folder);
  return {
    ...module,
    kubernetesVersion: required(module.goMod, /^\s*k8s\.io\/kubernetes (v\S+)$/m, 'k8s.io/kubernetes'),
    certManagerVersion: required(module.goMod, /^\s*github\.com\/cert-manager\/cert-manager (v\S+)$/m, 'cert-manager'),
  };
}
