import type { PathAccessReview, ReviewedUser, TokenReview } from '../api/access-reviews.ts';

/** Why somebody does not get the metrics: the status of the answer, and what is to be done. */
export interface Refusal {
  readonly status: 401 | 403 | 503;
  readonly text: string;
}

/** Somebody whom the API server knows. */
export type Reader = ReviewedUser & { readonly username: string };

/** The token of a header `Authorization: Bearer TOKEN` (RFC 6750 section 2.1); undefined where it is none. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? '')?.[1];
}

/** Whose token was reviewed; undefined where the API server does not say that it is somebody's. */
export function readerOf({ status }: TokenReview): Reader | undefined {
  const user = status?.authenticated === true ? status.user : undefined;
  return user?.username === undefined || user.username === '' ? undefined : { ...user, username: user.username };
}

/** The question whether they may read the metrics. */
export function reviewOf({ username, uid, groups, extra }: Reader): PathAccessReview {
  return {
    // A review has no name: it is not kept.
    metadata: { name: '' },
    spec: {
      user: username,
      ...(uid === undefined ? {} : { uid }),
      ...(groups === undefined ? {} : { groups }),
      ...(extra === undefined ? {} : { extra }),
      nonResourceAttributes: { path: '/metrics', verb: 'get' },
    },
  };
}

/** What the answer to that question comes to; undefined: they may. */
export function refusalOf({ status }: PathAccessReview, { username }: Reader): Refusal | undefined {
  if (status?.allowed === true) return undefined;
  const text =
    `User "${username.slice(0, 300)}" may not read the metrics: bind the ClusterRole external-issuer-metrics-reader to them ` +
    '(the verb "get" on the nonResourceURL /metrics).';
  return { status: 403, text };
}

export const noToken: Refusal = {
  status: 401,
  text: 'Send a token of this cluster: "Authorization: Bearer TOKEN". Prometheus does where authorization.credentials_file is its ServiceAccount token.',
};

export const unknownToken: Refusal = {
  status: 401,
  text: 'The API server does not know this token: it has expired, or is of another cluster or for another audience. Send a new one.',
};

export const unanswered: Refusal = {
  status: 503,
  text: 'The API server could not be asked who you are and what you may. The log of this process says why; try again.',
};

export const busy: Refusal = { status: 503, text: 'Too many tokens are being looked up at the API server. Try again.' };
