import * as z from 'zod';
import { durationField, withRules } from '../../../api/field-types.ts';
import { objectReference } from '../../references.ts';

/** How the CA is known, and we to it. */
export const tlsSchema = withRules(
  z.object({
    caSecretRef: objectReference('Secret', 'Key of the PEM bundle. Default: ca.crt.')
      .describe("Secret with the CA certificates that the CA's server is believed by, in place of the system's.")
      .optional(),
    caConfigMapRef: objectReference('ConfigMap', 'Key of the PEM bundle. Default: ca.crt.')
      .describe("ConfigMap with the CA certificates that the CA's server is believed by; set only one of the two.")
      .optional(),
    clientCertSecretRef: objectReference(
      'Secret',
      'Key of the certificate. Default: tls.crt with tls.key, else client-cert with client-key.',
    )
      .describe(
        'Secret with the client certificate and its key, as cert-manager writes them. It is shown to baseUrl, backupUrl and the token endpoint.',
      )
      .optional(),
    serverName: z
      .string()
      .min(1)
      .max(253)
      .describe(
        'Name that the certificate of the server must have, and that is sent as SNI; for baseUrl and backupUrl, not for the token endpoint. Default: the host of the URL.',
      )
      .optional(),
    minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).describe('Least version of TLS.').default('TLSv1.2'),
    insecureSkipVerify: z
      .boolean()
      .describe(
        'Whether any certificate of a server is believed, that of the token endpoint too: for tests only. Shows in the status of the issuer and in a metric.',
      )
      .default(false),
    allowPlaintext: z
      .boolean()
      .describe('Whether http:// addresses are allowed. Shows in the status of the issuer and in a metric.')
      .default(false),
  }),
  [
    {
      rule: '!has(self.caSecretRef) || !has(self.caConfigMapRef)',
      message: 'set only one of caSecretRef and caConfigMapRef',
      fieldPath: '.caConfigMapRef',
    },
    {
      rule: '!(has(self.caSecretRef) || has(self.caConfigMapRef)) || !has(self.insecureSkipVerify) || !self.insecureSkipVerify',
      message:
        'with insecureSkipVerify any certificate is believed, so the CA certificates would not be used: remove one of the two',
      fieldPath: '.insecureSkipVerify',
    },
  ],
);

/** How the CA is reached. */
export const networkSchema = z.object({
  proxy: z
    .string()
    .max(2048)
    .describe(
      'HTTP proxy of this issuer, or none. Not set: HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the controller. Example: http://proxy.example.com:3128.',
    )
    .optional(),
  connectTimeout: durationField({
    description: 'Time to connect, with TLS, 1s to 2m; at most timeout, and half of it where there is a backupUrl.',
    min: '1s',
    max: '2m',
  }).prefault('10s'),
  responseTimeout: durationField({
    description: 'Time until the CA begins to answer, 1s to 10m; at most timeout.',
    min: '1s',
    max: '10m',
  }).prefault('30s'),
  timeout: durationField({
    description: 'Time of one attempt, with all its requests, 1s to 10m.',
    min: '1s',
    max: '10m',
  }).prefault('60s'),
  maxResponseBytes: z
    .int()
    .min(1024)
    .max(4_194_304)
    .describe('Bytes of one answer that are read at most; of an issuer 16 MiB at once, of all 64 MiB.')
    .default(1_048_576),
});
