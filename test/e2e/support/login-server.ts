import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A CA that is logged in to with a token of a ServiceAccount, as Vault is, and whose certificates nobody wants. */
export interface LoginServer {
  /** `http://127.0.0.1:40001` */
  readonly url: string;
  /** The tokens that were shown, oldest first. */
  readonly tokens: readonly string[];
  close(): Promise<void>;
}

/** Starts it on a free port of this machine. */
export async function startLoginServer(): Promise<LoginServer> {
  const tokens: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      if (request.url === '/login') {
        const { jwt } = (await json(request)) as { readonly jwt: string };
        tokens.push(jwt);
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ token: 'logged-in' }));
        return;
      }
      response.writeHead(request.headers['x-token'] === 'logged-in' ? 200 : 401).end();
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A document of a pki issuer for it, which logs in as that ServiceAccount. */
export function loginDocument({ url }: LoginServer, serviceAccount: string): string {
  return JSON.stringify({
    baseUrl: url,
    tls: { allowPlaintext: true },
    auth: {
      type: 'login',
      headerName: 'X-Token',
      login: {
        url: '/login',
        serviceAccountRef: { name: serviceAccount },
        body: { json: { jwt: '{{ auth.serviceAccountToken }}' } },
        token: 'token',
      },
    },
    steps: [{ name: 'sign', url: '/sign', body: { json: { csr: '{{ csr.pem }}' } } }],
    response: { format: 'json', certificateField: 'certificate' },
    check: { url: '/check' },
  });
}
