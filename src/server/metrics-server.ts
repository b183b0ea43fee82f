import type { RequestListener } from 'node:http';
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { guarded } from './guarded.ts';
import { createScrapeAccess } from './scrape-access.ts';
import { servingCertificate, type CertificateFiles, type ServingCertificate } from './serving-certificate.ts';

/** That the metrics are served over TLS, to those alone who may read them. */
export interface MetricsSecurity {
  /** Absent: a self-signed certificate is made at the start. */
  readonly files?: CertificateFiles;
}

/** What a server of metrics answers by, and its certificate where it has one. */
export interface MetricsServing {
  readonly handler: RequestListener;
  readonly certificate?: ServingCertificate;
}

/**
 * Guards the metrics where that is wanted; else they are served as they are.
 * @throws {CodedError} `ServingCertificate` where the files cannot be used.
 */
export async function metricsServing(
  handler: RequestListener,
  security: MetricsSecurity | undefined,
  { client, clock, log }: { readonly client: Pick<KubeClient, 'create'>; readonly clock: Clock; readonly log: Logger },
): Promise<MetricsServing> {
  if (security === undefined) return { handler };
  const access = createScrapeAccess({
    client,
    clock,
    onTrouble: ({ code, message }) => log.warn({ code, error: message }, 'cannot ask who may read the metrics'),
  });
  return { handler: guarded(handler, access), certificate: await servingCertificate(security.files, { clock, log }) };
}
