import * as z from 'zod';
import { parseFields } from '../../lib/fields.ts';
import { KubeConfigError } from './config-error.ts';

/** Where something is written: the file and the path in it, `users[2].user`. */
export interface Place {
  readonly file: string;
  readonly path: string;
}

// kubectl writes absent values as null, "" or {}, so all three mean "not set" here.
const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/\s]*={0,2}\s*$/, { error: 'must be base64' })
  .nullish()
  .transform((value) => (value ? Buffer.from(value, 'base64') : undefined));
const listOf = <S extends z.ZodType>(entry: S) =>
  z
    .array(entry)
    .nullish()
    .transform((value) => value ?? []);
const extensions = listOf(z.object({ name: z.string(), extension: z.unknown().optional() }));

/** The outline of a kubeconfig; clusters and users are looked into only when a context uses them. */
export const outlineSchema = z.object({
  kind: z.literal('Config').nullish(),
  'current-context': text,
  clusters: listOf(z.object({ name: z.string(), cluster: z.unknown().optional() })),
  users: listOf(z.object({ name: z.string(), user: z.unknown().optional() })),
  contexts: listOf(z.object({ name: z.string(), context: z.unknown().optional() })),
});

export const contextSchema = z.object({ cluster: z.string().min(1), user: text });

export const clusterSchema = z.object({
  server: z.url({ protocol: /^https?$/, error: 'must be an address as https://10.0.0.1:6443' }),
  'tls-server-name': text,
  'insecure-skip-tls-verify': flag,
  'certificate-authority': text,
  'certificate-authority-data': base64,
  'proxy-url': text,
  extensions,
});

const execSchema = z.object({
  apiVersion: z.enum(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']),
  command: z.string().min(1),
  args: listOf(z.string()),
  env: listOf(z.object({ name: z.string().min(1), value: z.string() })),
  installHint: text,
  provideClusterInfo: flag,
  interactiveMode: z.enum(['Never', 'IfAvailable', 'Always']).nullish(),
});

export const userSchema = z.object({
  'client-certificate': text,
  'client-certificate-data': base64,
  'client-key': text,
  'client-key-data': base64,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  exec: execSchema.nullish(),
  as: text,
  'as-uid': text,
  'as-groups': listOf(z.string()),
  'as-user-extra': z.record(z.string(), z.unknown()).nullish(),
  'auth-provider': z.unknown().optional(),
});

/** A cluster of a kubeconfig. @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
export type KubeCluster = z.output<typeof clusterSchema>;
/** A user of a kubeconfig. */
export type KubeUser = z.output<typeof userSchema>;
/** The credential plugin of a user. */
export type ExecPlugin = z.output<typeof execSchema>;

/** Parses a part of a kubeconfig; throws a {@link KubeConfigError} that names the file and each wrong field. */
export function parsePart<S extends z.ZodType>(schema: S, value: unknown, place: Place): z.output<S> {
  const parsed = parseFields(schema, value, place.path);
  if (parsed.ok) return parsed.value;
  const problems = parsed.error.map((problem) => problem.replace(/^\./, ''));
  throw new KubeConfigError('InvalidConfig', `${place.file}: ${problems.join('; ')}`);
}

/** The error for a field that parses but cannot be used. */
export function invalid(place: Place, field: string, message: string, cause?: unknown): KubeConfigError {
  const at = [place.path, field].filter((part) => part !== '').join('.');
  return new KubeConfigError('InvalidConfig', `${place.file}: ${at}: ${message}`, { cause });
}
