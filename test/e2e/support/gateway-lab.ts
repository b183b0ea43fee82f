import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { CodedError } from '../../../src/lib/errors.ts';
import type { Program } from '../../cas/programs.ts';
import type { HarnessOptions } from '../../cas/ca-process.ts';
import { startBackend } from '../../envoy/backend.ts';
import { startEnvoy, type Envoy } from '../../envoy/envoy.ts';
import { envoyProgram } from '../../envoy/program.ts';
import { startSdsBridge, type SdsBridge } from '../../envoy/sds-bridge.ts';
import { caResourceName, feedSecrets, resourceName } from '../../envoy/secret-feed.ts';
import type { World } from './world.ts';

/** What an Istio gateway does, done by the Envoy it consists of and by a stand-in of istiod. */
export interface GatewayLab {
  readonly envoy: Envoy;
  readonly bridge: SdsBridge;
  /** Starts one more, with what a Gateway has as `tls.credentialName` and `tls.mode`; the world closes it. */
  start(credentialName: string, mode: 'SIMPLE' | 'MUTUAL'): Promise<Envoy>;
}

/** The names that the example of a Gateway and of its Certificate go by. */
export interface GatewayExample {
  /** The Certificate, as a user applies it. */
  readonly yaml: string;
  readonly certificateName: string;
  readonly namespace: string;
  /** Of the Gateway: the name of the Secret. */
  readonly credentialName: string;
  readonly host: string;
}

/** Envoy, or why it cannot be had here. */
export async function findEnvoy({ environment, stream }: HarnessOptions): Promise<Program | string> {
  try {
    return await envoyProgram(environment, stream);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'PythonPackageMissing') return `there is no Envoy: ${error.message}`;
    throw error;
  }
}

interface CertificateManifest {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

interface GatewayManifest {
  readonly spec: {
    readonly servers: readonly { readonly hosts: readonly string[]; readonly tls: { readonly credentialName: string } }[];
  };
}

/** Reads a file of `examples`. */
export async function readExample(name: string): Promise<string> {
  return await readFile(new URL(`../../../examples/${name}`, import.meta.url), 'utf8');
}

/** Reads `examples/istio/{certificate,gateway}.yaml`. */
export async function readGatewayExample(): Promise<GatewayExample> {
  const [yaml, gatewayYaml] = await Promise.all([readExample('istio/certificate.yaml'), readExample('istio/gateway.yaml')]);
  const { metadata } = parse(yaml) as CertificateManifest;
  const gateway = parse(gatewayYaml.split('\n---\n')[0] ?? '') as GatewayManifest;
  const [server] = gateway.spec.servers;
  const [host] = server?.hosts ?? [];
  if (server === undefined || host === undefined) throw new Error('the example of a Gateway has no server with a host');
  const { credentialName } = server.tls;
  return { yaml, certificateName: metadata.name, namespace: metadata.namespace, credentialName, host };
}

/** Starts the gateway of the example, whose Secret need not be there yet; the world closes it. */
export async function openGateway(
  program: Program,
  world: World,
  { namespace, credentialName }: Pick<GatewayExample, 'namespace' | 'credentialName'>,
  options: HarnessOptions,
): Promise<GatewayLab> {
  const backend = await startBackend();
  world.onClose(backend.close);
  const bridge = await startSdsBridge();
  world.onClose(bridge.close);
  world.onClose(feedSecrets(world.admin, namespace, bridge).close);
  const start: GatewayLab['start'] = async (credential, mode) => {
    const names = {
      secretName: resourceName(credential),
      ...(mode === 'MUTUAL' ? { clientCaName: caResourceName(credential) } : {}),
    };
    const envoy = await startEnvoy(program, { sdsPort: bridge.port, backendPort: backend.port, ...names }, options);
    world.onClose(envoy.close);
    return envoy;
  };
  return { envoy: await start(credentialName, 'SIMPLE'), bridge, start };
}
