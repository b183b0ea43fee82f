import assert from 'node:assert/strict';
import { mustKubectl } from '../../controlplane/kubectl.ts';
import { openssl } from '../../unit/x509/tools.ts';
import { certificates, issuerRefOf, type Certificate } from './objects.ts';
import type { Observer } from './observer.ts';
import { loadPreset, type Preset, type PresetChanges } from './preset.ts';
import { readyOf } from './requests.ts';
import { opensslText, readTlsSecret, verifyChain, type TlsSecret } from './tls-secret.ts';
import type { World } from './world.ts';

/** Applies an example as its readers do; on a given cluster it is removed at the end. Names are told apart by the example's. */
export async function applyPreset(world: World, file: string, changes: PresetChanges): Promise<Preset> {
  const suffix = changes.suffix ?? `-${file.replace('.yaml', '')}`;
  const preset = await loadPreset(file, { ...changes, suffix });
  await world.apply(preset.yaml);
  if (!world.plane.owned) {
    const remove = ['delete', '--ignore-not-found', '--filename=-'];
    world.onClose(async () => void (await mustKubectl(world.plane.kubectl, remove, preset.yaml)));
  }
  return preset;
}

/** A Certificate to be had from a CA. */
export interface WantedCertificate {
  readonly namespace: string;
  readonly name: string;
  /** An ExternalClusterIssuer. */
  readonly issuer: string;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Makes a Certificate, for a day; its Secret has its name. */
export async function createCertificate({ admin }: World, { namespace, name, issuer, spec }: WantedCertificate): Promise<void> {
  const wanted = {
    secretName: name,
    issuerRef: issuerRefOf({ name: issuer }),
    dnsNames: [`${name}.example.com`],
    duration: '24h',
  };
  await admin.create(certificates, { metadata: { namespace, name }, spec: { ...wanted, ...spec } });
}

/** Waits until cert-manager calls a Certificate ready, and checks with openssl that its Secret leads to the root. */
export async function readCertified(
  { admin }: World,
  seen: Observer<Certificate>,
  key: Pick<WantedCertificate, 'namespace' | 'name'>,
  rootPem: string,
): Promise<TlsSecret> {
  await seen.until(key, 'is ready', (object) => readyOf(object)?.status === 'True', 60_000);
  const secret = await readTlsSecret(admin, key);
  const publicKey = openssl(['pkey', '-in', 'key.pem', '-pubout'], { 'key.pem': secret.key });
  assert.equal(opensslText(secret, '-pubkey'), publicKey, 'the private key belongs to the certificate');
  assert.equal(secret.ca.trim(), rootPem.trim(), 'ca.crt is the root');
  verifyChain(secret, rootPem, 'sslserver');
  return secret;
}
