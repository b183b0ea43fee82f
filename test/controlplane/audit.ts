import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const auditEvent = z.object({
  verb: z.string(),
  requestURI: z.string(),
  user: z.object({ username: z.string() }),
  impersonatedUser: z.object({ username: z.string() }).optional(),
  userAgent: z.string().optional(),
  objectRef: z.object({ resource: z.string().optional(), subresource: z.string().optional() }).optional(),
  responseStatus: z
    .object({ code: z.number().optional(), reason: z.string().optional(), message: z.string().optional() })
    .optional(),
});

/** One request to the API server, as its audit log has it at Metadata level. */
export type AuditEvent = z.infer<typeof auditEvent>;

/**
 * Reads the audit log of a control plane that was started with `auditLog`. A line still being written is left out.
 * @see https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
 */
export async function readAuditLog(path: string): Promise<AuditEvent[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => auditEvent.parse(JSON.parse(line)));
}

/** The requests of a user that were answered with 403, as `verb URI`, each once. */
export async function forbiddenCalls(path: string, username: string): Promise<string[]> {
  const refused = (await readAuditLog(path)).filter(
    (event) => event.user.username === username && event.responseStatus?.code === 403,
  );
  return [...new Set(refused.map((event) => `${event.verb} ${event.requestURI}`))];
}
