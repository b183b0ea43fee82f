import type { IssuerKindNames } from '../api/group.ts';
import type { Issuer } from '../api/issuer.ts';
import type { ConfigMap, Secret } from '../api/resources.ts';
import type { KubeObject } from '../kube/resource.ts';
import { err, ok, type Result } from '../lib/result.ts';
import { nameOfInput, readInputFile } from './input-file.ts';
import { chooseIssuer } from './manifests/choose-issuer.ts';
import { readDocuments } from './manifests/documents.ts';
import { readObject, type ManifestObject } from './manifests/objects.ts';

/** An object of a file, and where it is there: `issuer.yaml, line 12`. */
export interface Placed<T extends KubeObject> {
  readonly place: string;
  readonly object: T;
}

/** What the files of -f hold: one issuer, and what it may refer to. */
export interface Manifests {
  readonly issuer: Placed<Issuer> & {
    readonly names: IssuerKindNames;
    /** A problem of the issuer with the file in front, and the line where the problem names a field of it. */
    at(problem: string): string;
  };
  readonly configMaps: readonly Placed<ConfigMap>[];
  readonly secrets: readonly Placed<Secret>[];
  /** The files, as messages name them. */
  readonly files: readonly string[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/** A file larger than this holds no issuer. */
const mostBytes = 4 * 1024 * 1024;

/**
 * Reads the files of -f; `-` is standard input.
 * @param wanted the value of --issuer: a name, or kind/name.
 * @returns all that is wrong with them, each with its file and line.
 * @throws {CodedError} `Failed` where a file cannot be read.
 */
export async function loadManifests(
  files: readonly string[],
  wanted: string | undefined,
  stdin: AsyncIterable<Uint8Array>,
): Promise<Result<Manifests, readonly string[]>> {
  const objects: ManifestObject[] = [];
  const problems: string[] = [];
  for (const file of files) {
    const bytes = await readInputFile(
      { option: '-f', file, mostBytes, tooLarge: 'an issuer and what it refers to is small' },
      stdin,
    );
    const documents = readDocuments(Buffer.from(bytes).toString('utf8'), nameOfInput(file));
    if (!documents.ok) {
      problems.push(...documents.error);
      continue;
    }
    for (const object of documents.value.map(readObject)) {
      if (object.ok) objects.push(object.value);
      else problems.push(...object.error);
    }
  }
  problems.push(...repeated(objects));
  if (problems.length > 0) return err(problems);
  return assemble(objects, files.map(nameOfInput), wanted);
}

function assemble(
  objects: readonly ManifestObject[],
  files: readonly string[],
  wanted: string | undefined,
): Result<Manifests, readonly string[]> {
  const notes = objects.flatMap((object) => (object.is === 'ignored' ? [object.note] : []));
  const issuers = objects.filter((object) => object.is === 'issuer');
  const issuer = chooseIssuer(issuers, files, wanted);
  if (!issuer.ok) return err([issuer.error]);
  return ok({
    issuer: issuer.value,
    configMaps: objects.filter((object) => object.is === 'ConfigMap'),
    secrets: objects.filter((object) => object.is === 'Secret'),
    files,
    notes,
  });
}

/** Applied one after the other, the second would replace the first: one of the two is a mistake. */
function repeated(objects: readonly ManifestObject[]): readonly string[] {
  const places = new Map<string, string>();
  return objects.flatMap((one) => {
    if (one.is === 'ignored') return [];
    const kind = one.is === 'issuer' ? one.names.kind : one.is;
    const { name, namespace } = one.object.metadata;
    const key = JSON.stringify([kind, namespace, name]);
    const first = places.get(key);
    if (first === undefined) {
      places.set(key, one.place);
      return [];
    }
    return [`${one.place}: ${kind} "${name}" is at ${first} already; remove one of the two`];
  });
}
