import { randomUUID } from 'node:crypto';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import {
  secretDiscoveryService,
  secretResource,
  secretTypeUrl,
  type DiscoveryRequest,
  type DiscoveryResponse,
  type TlsFiles,
  type TrustedCa,
} from './secret-discovery.ts';

type EnvoyStream = ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>;

/** Whether an Envoy took what it was sent. */
export interface Verdict {
  readonly version: string;
  /** Why not; absent: it took it. */
  readonly refusal?: string;
}

/** Gives Envoy certificates by gRPC, as istiod does. */
export interface SdsBridge {
  /** Listens on 127.0.0.1, without TLS. */
  readonly port: number;
  /** What Envoys said to what they were sent, oldest first. */
  readonly verdicts: readonly Verdict[];
  /** How often an Envoy has asked on a new stream. */
  readonly streams: number;
  /** Puts in a resource or changes it, and sends it to every Envoy that wants it. */
  put(name: string, version: string, content: TlsFiles | TrustedCa): void;
  close(): Promise<void>;
}

interface Subscription {
  readonly stream: EnvoyStream;
  wanted: readonly string[];
  /** Of the response that was sent last, and what version it was; what answers an earlier one is out of date. */
  nonce: string;
  version: string;
}

interface Resource {
  readonly version: string;
  readonly content: TlsFiles | TrustedCa;
}

/**
 * Starts the bridge on a free port. A resource that is not there yet is sent once it is, as istiod does: Envoy waits.
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol
 */
export async function startSdsBridge(): Promise<SdsBridge> {
  const resources = new Map<string, Resource>();
  const subscriptions = new Set<Subscription>();
  const verdicts: Verdict[] = [];
  let streams = 0;

  function send(to: Subscription): void {
    const found = to.wanted.flatMap((name) => {
      const resource = resources.get(name);
      return resource === undefined ? [] : [{ name, ...resource }];
    });
    if (found.length === 0) return;
    to.nonce = randomUUID();
    to.version = found.map(({ version }) => version).join();
    to.stream.write({
      version_info: to.version,
      type_url: secretTypeUrl,
      nonce: to.nonce,
      resources: found.map(({ name, content }) => secretResource(name, content)),
    });
  }

  function receive(from: Subscription, request: DiscoveryRequest): void {
    if (request.response_nonce !== from.nonce) return;
    if (from.nonce !== '') {
      const refusal = request.error_detail?.message;
      verdicts.push({ version: from.version, ...(refusal === undefined ? {} : { refusal }) });
    }
    const isNew = request.resource_names.some((name) => !from.wanted.includes(name));
    from.wanted = request.resource_names;
    if (isNew) send(from);
  }

  const server = new Server();
  server.addService(
    { ...secretDiscoveryService() },
    {
      StreamSecrets(stream: EnvoyStream) {
        streams += 1;
        const subscription: Subscription = { stream, wanted: [], nonce: '', version: '' };
        subscriptions.add(subscription);
        stream.on('data', (request: DiscoveryRequest) => receive(subscription, request));
        stream.on('error', () => undefined);
        stream.on('close', () => subscriptions.delete(subscription));
        stream.on('end', () => stream.end());
      },
    },
  );
  const port = await listen(server);

  return {
    port,
    verdicts,
    get streams() {
      return streams;
    },
    put(name, version, content) {
      resources.set(name, { version, content });
      for (const subscription of subscriptions) if (subscription.wanted.includes(name)) send(subscription);
    },
    async close() {
      server.forceShutdown();
      await Promise.resolve();
    },
  };
}

async function listen(server: Server): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
