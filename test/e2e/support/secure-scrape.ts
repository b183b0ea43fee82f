import { Agent, request } from 'undici';
import { mustKubectl } from '../../controlplane/kubectl.ts';
import type { ControlPlane } from '../../controlplane/types.ts';

/** The status with which `/metrics` is answered over TLS, with that token or without one. The certificate is believed, whoever made it. */
export async function secureScrape(metricsUrl: string, token?: string): Promise<number> {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { statusCode, body } = await request(`${metricsUrl.replace(/^http:/, 'https:')}/metrics`, { dispatcher, headers });
    await body.dump();
    return statusCode;
  } finally {
    await dispatcher.destroy();
  }
}

/** A token of a ServiceAccount that is there. */
export async function tokenOf({ kubectl }: ControlPlane, namespace: string, name: string): Promise<string> {
  return (await mustKubectl(kubectl, ['create', 'token', name, `--namespace=${namespace}`])).trim();
}
