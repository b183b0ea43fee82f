import { join } from 'node:path';
import type { HarnessEnvironment } from '../controlplane/environment.ts';
import type { ProgressStream } from '../controlplane/progress.ts';
import { debianPackages } from './debian-packages.ts';

/** Paths of Prometheus and of its tool for rules. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

/** Prometheus from Debian's package; statically linked, but for libc. @throws {CodedError} with a PackageErrorCode. */
export async function prometheusPrograms(environment: HarnessEnvironment, stream: ProgressStream): Promise<PrometheusPrograms> {
  const folder = await debianPackages({ label: 'prometheus', names: ['prometheus'] }, environment, stream);
  return { prometheus: join(folder, 'usr/bin/prometheus'), promtool: join(folder, 'usr/bin/promtool') };
}

/** The alerts that are shipped. */
export const alertsFile = new URL('../../charts/external-issuer/files/monitoring/alerts.yaml', import.meta.url);
