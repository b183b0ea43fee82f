/** Secrets that were made or used lately, such as signed tokens, for masking what is shown. */
export interface RecentSecrets {
  /** One that is there already counts as new again. */
  add(secret: string): void;
  list(): readonly string[];
}

/** Older ones are forgotten, and so are those that would make all of them too long to look for. */
const mostSecrets = 64;
const mostCharacters = 64 * 1024;

export function createRecentSecrets(): RecentSecrets {
  const secrets = new Set<string>();
  let characters = 0;
  function remove(secret: string): void {
    if (secrets.delete(secret)) characters -= secret.length;
  }
  return {
    add(secret) {
      remove(secret);
      secrets.add(secret);
      characters += secret.length;
      for (const oldest of secrets) {
        if (secrets.size <= mostSecrets && (characters <= mostCharacters || secrets.size === 1)) break;
        remove(oldest);
      }
    },
    list: () => [...secrets],
  };
}
