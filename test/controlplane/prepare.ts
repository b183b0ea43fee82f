import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makePki } from './certificates.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { PartSettings } from './parts.ts';
import { freePorts } from './ports.ts';

/** The files that a control plane needs before its first part starts. */
export interface Prepared {
  readonly settings: PartSettings;
  readonly server: string;
  readonly adminKubeconfig: string;
  readonly logsDir: string;
  readonly auditLogPath: string | undefined;
}

export interface PrepareOptions {
  readonly auditLog: boolean;
  readonly durable: boolean;
  readonly certManagerBackoff: PartSettings['certManagerBackoff'];
  readonly workloads: boolean;
}

/** Every answered request once, without bodies. */
const auditPolicy = 'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{ level: Metadata }]\n';

/** Makes keys, certificates and kubeconfigs in `dir` and chooses ports. */
export async function prepare(dir: string, options: PrepareOptions): Promise<Prepared> {
  const [pkiDir, logsDir] = [join(dir, 'pki'), join(dir, 'logs')];
  await Promise.all([mkdir(pkiDir), mkdir(logsDir)]);
  const [pki, ports] = await Promise.all([makePki(pkiDir), freePorts(3)]);
  const [etcdClient = 0, etcdPeer = 0, apiServer = 0] = ports;
  const server = `https://127.0.0.1:${apiServer}`;
  const cluster = { server, 'certificate-authority': pki.ca.cert };
  const admin = { 'client-certificate': pki.admin.cert, 'client-key': pki.admin.key };
  const controllerManager = { 'client-certificate': pki.controllerManager.cert, 'client-key': pki.controllerManager.key };
  const adminKubeconfig = join(dir, 'kubeconfig');
  const kubeconfigs = {
    controllerManager: join(dir, 'controller-manager.kubeconfig'),
    certManager: join(dir, 'cert-manager.kubeconfig'),
  };
  const audit = options.auditLog ? { policy: join(dir, 'audit-policy.yaml'), log: join(logsDir, 'audit.log') } : undefined;
  await Promise.all([
    writeKubeconfig(adminKubeconfig, cluster, admin),
    writeKubeconfig(kubeconfigs.controllerManager, cluster, controllerManager),
    audit === undefined ? undefined : writeFile(audit.policy, auditPolicy),
  ]);
  const settings: PartSettings = {
    folder: dir,
    pki,
    ports: { etcdClient, etcdPeer, apiServer },
    kubeconfigs,
    durable: options.durable,
    audit,
    certManagerBackoff: options.certManagerBackoff,
    workloads: options.workloads,
  };
  return { settings, server, adminKubeconfig, logsDir, auditLogPath: audit?.log };
}
