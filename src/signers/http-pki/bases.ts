import type { PkiConfig } from './schema/schema.ts';

/** The addresses of a CA, and which of them is in use. */
export interface Bases {
  current(): URL;
  /** The one that is not in use; absent where the issuer has only one. */
  other(): URL | undefined;
  use(base: URL): void;
  /** In the order in which they are to be tried: baseUrl first. */
  readonly all: readonly URL[];
}

/** Begins with baseUrl. */
export function createBases({ baseUrl, backupUrl }: Pick<PkiConfig, 'baseUrl' | 'backupUrl'>): Bases {
  const all = [baseUrl, ...(backupUrl === undefined ? [] : [backupUrl])].map((url) => new URL(url));
  let [used] = all;
  return {
    all,
    current: () => used ?? new URL(baseUrl),
    other: () => all.find((base) => base !== used),
    use(base) {
      used = base;
    },
  };
}
