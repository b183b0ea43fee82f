import { controllerNamespace } from '../../../src/api/group.ts';
import type { Cfssl } from '../../cas/cfssl.ts';
import type { EstServer } from '../../cas/est.ts';
import type { EjbcaStandIn } from '../../cas/stand-ins/ejbca.ts';
import type { VaultStandIn } from '../../cas/stand-ins/vault.ts';
import type { VenafiStandIn } from '../../cas/stand-ins/venafi.ts';
import type { StepCa } from '../../cas/step-ca.ts';
import type { PresetChanges, PresetObject } from './preset.ts';
import type { SecureMockCa } from './secure-mockca.ts';

/** PEM. */
interface ClientCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** What of each example is to be changed for a CA of the tests; the names of files are those of examples/pki. */

export function stepCaChanges({ url, rootPem, jwk }: StepCa): PresetChanges {
  return {
    origin: url,
    values: { 'step-provisioner/private-key': jwk.privateKeyPem, 'step-root/ca.crt': rootPem },
    words: [
      ['keyId: demo-key-id', `keyId: ${jwk.kid}`],
      ['iss: demo', `iss: ${jwk.name}`],
    ],
  };
}

export function stepCaX5cChanges({ url, rootPem, x5c }: StepCa): PresetChanges {
  return {
    origin: url,
    values: {
      'step-provisioner/tls.crt': x5c.certificatePem,
      'step-provisioner/tls.key': x5c.privateKeyPem,
      'step-root/ca.crt': rootPem,
    },
    words: [
      ['iss: demo', `iss: ${x5c.name}`],
      ['#x5c/demo', `#x5c/${x5c.name}`],
    ],
  };
}

/** The variant of the example's comment: the CA gives a certificate like the client's own. */
export function stepCaRekeyChanges(ca: StepCa, client: ClientCertificate): PresetChanges {
  return {
    ...stepCaChanges(ca),
    spec: { authSecretRef: undefined },
    pki: {
      auth: undefined,
      tls: { clientCertSecretRef: { name: 'step-client' } },
      steps: [{ name: 'renew', url: '/1.0/rekey', body: { json: { csr: '{{ csr.pem }}' } } }],
    },
    objects: [clientSecret('step-client', client)],
  };
}

/** The CA certificate is put where the example's comment says. A CFSSL without TLS is for tests only. */
export function cfsslChanges({ url, caPem, tls: { ca, cert, key } }: Cfssl): PresetChanges {
  const plain = ca === undefined ? { allowPlaintext: true } : {};
  const hasClient = cert !== undefined && key !== undefined;
  const client = hasClient ? { clientCertSecretRef: { name: 'cfssl-client' } } : {};
  return {
    origin: url,
    ...(ca === undefined ? {} : { trustPem: ca }),
    pki: { response: { caBundle: caPem }, tls: { ...plain, ...client } },
    objects: hasClient ? [clientSecret('cfssl-client', { certificatePem: cert, keyPem: key })] : [],
  };
}

export function cfsslAuthsignChanges(ca: Cfssl): PresetChanges {
  return {
    ...cfsslChanges(ca),
    values: { 'cfssl-key/hmac-key': ca.authKeyHex },
    words: [['profile: www', `profile: ${ca.profiles.auth}`]],
  };
}

export function estChanges({ url, tlsCaPem, user, password }: EstServer): PresetChanges {
  return {
    origin: new URL(url).origin,
    values: { 'est-credentials/username': user, 'est-credentials/password': password, 'est-ca/ca.crt': tlsCaPem },
  };
}

/** The variant of the example's comment. */
export function estByCertificateChanges(est: EstServer): PresetChanges {
  return {
    ...estChanges(est),
    spec: { authSecretRef: undefined },
    pki: { auth: undefined, tls: { clientCertSecretRef: { name: 'est-client' } } },
    objects: [clientSecret('est-client', est.client)],
  };
}

export function vaultApproleChanges({ url, tlsCaPem, roleId, secretId, role }: VaultStandIn): PresetChanges {
  return {
    origin: url,
    values: { 'vault-approle/role_id': roleId, 'vault-approle/secret_id': secretId },
    words: [['/v1/pki/sign/my-role', `/v1/pki/sign/${role}`]],
    trustPem: tlsCaPem,
  };
}

export function vaultKubernetesChanges({ url, tlsCaPem, role }: VaultStandIn): PresetChanges {
  return {
    origin: url,
    words: [
      ['/v1/pki/sign/my-role', `/v1/pki/sign/${role}`],
      ['role: external-issuer', `role: ${role}`],
    ],
    trustPem: tlsCaPem,
  };
}

export function ejbcaChanges(ca: EjbcaStandIn): PresetChanges {
  return {
    origin: ca.url,
    values: {
      'ejbca-client/tls.crt': ca.client.certificatePem,
      'ejbca-client/tls.key': ca.client.keyPem,
      'ejbca-ca/ca.crt': ca.tlsCaPem,
    },
    words: [
      ['certificate_profile_name: TLS Server', `certificate_profile_name: ${ca.certificateProfileName}`],
      ['end_entity_profile_name: Kubernetes', `end_entity_profile_name: ${ca.endEntityProfileName}`],
      ['certificate_authority_name: ManagementCA', `certificate_authority_name: ${ca.certificateAuthorityName}`],
    ],
  };
}

export function venafiChanges(ca: VenafiStandIn): PresetChanges {
  return {
    origin: ca.url,
    values: { 'tpp-credentials/username': ca.user, 'tpp-credentials/password': ca.password },
    words: [
      ['scope: certificate:manage', `scope: ${ca.scope}`],
      [String.raw`PolicyDN: \VED\Policy\Kubernetes`, `PolicyDN: ${ca.policyDn}`],
    ],
    trustPem: ca.tlsCaPem,
  };
}

export function genericJsonChanges({ url, trustPem, token }: SecureMockCa): PresetChanges {
  return { origin: url, values: { 'pki-api-credentials/token': token, 'pki-api-ca/ca.crt': trustPem } };
}

/** With a client certificate besides, for a server that asks for one. */
export function genericJsonByCertificateChanges(ca: SecureMockCa): PresetChanges {
  return {
    ...genericJsonChanges(ca),
    pki: { tls: { clientCertSecretRef: { name: 'pki-api-client' } } },
    objects: [clientSecret('pki-api-client', ca.client)],
  };
}

export function legacyCgiChanges({ url, trustPem }: Pick<SecureMockCa, 'url' | 'trustPem'>): PresetChanges {
  return { origin: url, trustPem };
}

/** A flat ConfigMap cannot name the CA certificates of the server, which a test's server needs. */
export function flatConfigMapChanges({ url, token }: SecureMockCa): PresetChanges {
  return {
    origin: url,
    values: { 'pki-api-credentials/api-token': token },
    words: [['pki-timeout: "30"', 'pki-timeout: "30"\n  pki-skip-tls-verify: "true"']],
  };
}

/** A Secret with a client certificate, as cert-manager writes them, where cluster issuers have theirs. */
function clientSecret(name: string, client: ClientCertificate): PresetObject {
  const stringData = { 'tls.crt': client.certificatePem, 'tls.key': client.keyPem };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: controllerNamespace }, stringData };
}
