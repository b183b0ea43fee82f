import * as z from 'zod';
import { durationField, withRules, type SpecRule } from '../../../api/field-types.ts';
import { objectReference } from '../../references.ts';
import { audienceRule } from './audience.ts';
import { pathField, templatesField, urlField } from './fields.ts';
import { plainRequest } from './request.ts';

const jwtAlgorithms = ['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'EdDSA', 'HS256'] as const;

const signedToken = {
  algorithm: z
    .enum(jwtAlgorithms)
    .describe('Signature algorithm. Default: the one of the key (RSA: RS256; HS256 only where set).')
    .optional(),
  keyId: z.string().min(1).max(256).describe('Header kid. Example: demo.').optional(),
  lifetime: durationField({
    description: 'exp is this long after iat, 10s to 1h. Example: 2m.',
    min: '10s',
    max: '1h',
  }).prefault('5m'),
};

const oauth2 = z.object({
  tokenUrl: urlField('Address of the token endpoint. Example: https://login.example.com/oauth2/token.'),
  clientId: z.string().min(1).max(512).describe('Client id. Default: key client-id of the Secret.').optional(),
  clientAuthentication: z
    .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt'])
    .describe(
      'How the client shows who it is (RFC 6749 section 2.3, RFC 7523): key client-secret of the Secret, in the header or in the body, or a ' +
        'JWT signed with key private-key (or tls.key) of the Secret.',
    )
    .default('client_secret_basic'),
  scopes: z.array(z.string().min(1).max(256)).max(32).describe('Scopes that are asked for.').optional(),
  audience: z.string().min(1).max(512).describe('Parameter audience, for servers that want it.').optional(),
  parameters: templatesField('Further parameters of the token request.').optional(),
  algorithm: signedToken.algorithm.describe('private_key_jwt: signature algorithm. Default: the one of the key.'),
  keyId: signedToken.keyId.describe('private_key_jwt: header kid.'),
});

const jwt = z.object({
  ...signedToken,
  x5c: z.boolean().describe('Whether header x5c holds the certificates of key tls.crt of the Secret.').default(false),
  claims: z
    .unknown()
    .describe(
      'Claims, written as YAML; texts may hold placeholders, as in a body. iat, nbf, exp and jti are added where they are not given. ' +
        'Example: {iss: demo, sub: "{{ subject.commonName }}"}.',
    ),
});

const hmac = z.object({
  algorithm: z.enum(['sha256', 'sha384', 'sha512']).describe('Hash.').default('sha256'),
  keyEncoding: z.enum(['utf8', 'hex', 'base64']).describe('How the key is written in the Secret.').default('utf8'),
  signatureEncoding: z.enum(['base64', 'hex']).describe('How the signature is written.').default('base64'),
  payload: z
    .unknown()
    .describe(
      'JSON that is signed in place of the body: {{ auth.payload }} is its text in base64 and {{ auth.signature }} its signature, for the ' +
        'body to hold. Not set: the body is signed.',
    )
    .optional(),
});

const accountFields = z.object({
  name: z
    .string()
    .min(1)
    .max(253)
    .describe("ServiceAccount whose token is used; it is in the namespace of the issuer's references. Example: vault-issuer."),
  audience: z
    .string()
    .min(1)
    .max(512)
    .describe(
      'Audience of the token. Default: vault://<namespace>/<issuer>, or vault://<issuer> for a cluster issuer. None that the API server or a ' +
        'cloud gives rights for.',
    )
    .optional(),
});

const login = plainRequest.extend({
  token: pathField('Where in the answer the token is. Example: auth.client_token.'),
  lifetime: pathField(
    'Where in the answer the seconds are that the token is good for. Example: auth.lease_duration.',
  ).optional(),
  serviceAccountRef: withRules(accountFields, [audienceRule])
    .describe('Has the API server make a token of this ServiceAccount, which is {{ auth.serviceAccountToken }} in the login.')
    .optional(),
});

const ownBlock = (type: string): SpecRule => ({
  rule: `has(self.${type}) == (has(self.type) && self.type == '${type}')`,
  message: `type ${type} needs the field ${type}, and no other type has it: set both, or remove ${type}`,
  fieldPath: `.${type}`,
});

/** How the CA is shown who asks. */
export const authSchema = withRules(
  z.object({
    type: z
      .enum(['none', 'auto', 'bearer', 'basic', 'header', 'apiKey', 'oauth2', 'jwt', 'hmac', 'login'])
      .describe(
        'none: by the client certificate of tls, or not at all. auto: by the keys of the Secret: token or api-token: bearer; username and ' +
          'password: basic; api-key: header (that which api-key-header names, else X-API-Key); client-cert and client-key: client certificate. bearer, header, apiKey: a token. basic: username and password. oauth2: client ' +
          'credentials. jwt: a token signed for each attempt. hmac: a signature of the body. login: a token that a first request gives.',
      )
      .default('none'),
    secretRef: objectReference(
      'Secret',
      'Key of the credential, for types that use a single value. Default: the first there is of token, api-token, api-key, password, apiKey.',
    )
      .describe('Secret with the credential, in place of authSecretRef of the issuer.')
      .optional(),
    in: z
      .enum(['header', 'query', 'body', 'template'])
      .describe(
        'Where the credential goes. query, body: as parameter `name` (of a form or of a JSON object). template: only where {{ auth.token }} or ' +
          '{{ auth.signature }} stands.',
      )
      .default('header'),
    headerName: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not the name of a header')
      .describe('Header of the credential. Default: Authorization; X-API-Key for header and apiKey, X-Signature for hmac.')
      .optional(),
    headerPrefix: z
      .string()
      .max(64)
      .regex(/^[\x20-\x7e]*$/, 'must be visible ASCII characters')
      .describe('Text before the credential in its header. Default: "Bearer " in Authorization, else none.')
      .optional(),
    name: z.string().min(1).max(128).describe('query, body: name of the parameter. Example: api_key.').optional(),
    oauth2: oauth2.describe('Client credentials grant (RFC 6749 section 4.4).').optional(),
    jwt: jwt
      .describe('The token that is signed with key private-key (or tls.key, or for HS256 secret) of the Secret.')
      .optional(),
    hmac: hmac
      .describe('The signature; its key is key hmac-key of the Secret, or the one that secretRef.key names.')
      .optional(),
    login: login.describe('The request that gives the token.').optional(),
  }),
  [
    ...['oauth2', 'jwt', 'hmac', 'login'].map(ownBlock),
    {
      // CEL writes a field whose name is one of its keywords with underscores around it.
      rule: "has(self.name) == (has(self.__in__) && self.__in__ in ['query', 'body'])",
      message: 'name is the parameter that the credential goes in: set it with in: query or body, and with no other',
      fieldPath: '.name',
    },
    {
      rule: "!(has(self.headerName) || has(self.headerPrefix)) || !has(self.__in__) || self.__in__ == 'header'",
      message: 'headerName and headerPrefix are for a credential in a header: remove them, or set in to header',
      fieldPath: '.headerName',
    },
  ],
);

export type WrittenAuth = Readonly<z.output<typeof authSchema>>;
export type WrittenOAuth2 = Readonly<z.output<typeof oauth2>>;
export type WrittenJwt = Readonly<z.output<typeof jwt>>;
export type WrittenHmac = Readonly<z.output<typeof hmac>>;
export type WrittenLogin = Readonly<z.output<typeof login>>;
