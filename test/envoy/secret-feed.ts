import { pino } from 'pino';
import { secrets, type Secret } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { createReflector } from '../../src/kube/reflector.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { SdsBridge } from './sds-bridge.ts';

/** A watch on Secrets that feeds a bridge. */
export interface SecretFeed {
  close(): Promise<void>;
}

/**
 * What istiod calls the Secret of a Gateway's `credentialName` towards Envoy. It names no namespace: the Secret is one of the
 * namespace that the Envoy runs in, wherever the Gateway is.
 */
export function resourceName(credentialName: string): string {
  return `kubernetes://${credentialName}`;
}

const caSuffix = '-cacert';

/** The same for the CA of clients, of a Gateway with `mode: MUTUAL`. */
export function caResourceName(credentialName: string): string {
  return resourceName(`${credentialName}${caSuffix}`);
}

/**
 * Watches the Secrets of the namespace that an Envoy runs in, as istiod does, and puts each version of those with a certificate
 * and its key into the bridge, and the CAs of clients: of a Secret of that name, else of the one with the certificate.
 */
export function feedSecrets(client: KubeClient, namespace: string, bridge: Pick<SdsBridge, 'put'>): SecretFeed {
  const withCaOfTheirOwn = new Set<string>();

  function putCa(name: string, version: string, data: Readonly<Record<string, string>>): void {
    const ca = data['cacert'] || data['ca.crt'];
    if (name.endsWith(caSuffix)) withCaOfTheirOwn.add(name.slice(0, -caSuffix.length));
    else if (withCaOfTheirOwn.has(name)) return;
    const resource = name.endsWith(caSuffix) ? resourceName(name) : caResourceName(name);
    if (ca) bridge.put(resource, version, { trustedCa: Buffer.from(ca, 'base64') });
  }

  const sink = {
    upsert({ metadata: { name, resourceVersion = '' }, data = {} }: Secret) {
      putCa(name, resourceVersion, data);
      const { 'tls.crt': certificate, 'tls.key': key } = data;
      if (!certificate || !key) return;
      bridge.put(resourceName(name), resourceVersion, {
        certificateChain: Buffer.from(certificate, 'base64'),
        privateKey: Buffer.from(key, 'base64'),
      });
    },
    remove: () => undefined,
    keys: () => [],
  };
  const stop = new AbortController();
  const deps = { client, clock: systemClock, random: Math.random, log: pino({ level: 'silent' }) };
  const running = createReflector(secrets, { namespace }, sink, deps).run(stop.signal);
  return {
    async close() {
      stop.abort();
      await running;
    },
  };
}
