/** Secrets that were made lately, such as signed tokens, for masking what is shown. */
export interface RecentSecrets {
  add(secret: string): void;
  list(): readonly string[];
}

/** Older ones are forgotten. */
const mostSecrets = 32;

export function createRecentSecrets(): RecentSecrets {
  const secrets: string[] = [];
  return {
    add(secret) {
      secrets.push(secret);
      if (secrets.length > mostSecrets) secrets.shift();
    },
    list: () => secrets,
  };
}
