import type { SubjectAltNames } from '../x509/san.ts';

/** Every name with its type before it, `DNS:a.example`, `IP:192.0.2.1`. */
export function sanTexts(sans: SubjectAltNames): readonly string[] {
  return [
    ...sans.dns.map((name) => `DNS:${name}`),
    ...sans.ip.map((name) => `IP:${name}`),
    ...sans.uri.map((name) => `URI:${name}`),
    ...sans.email.map((name) => `email:${name}`),
    ...sans.otherName.map(({ oid }) => `othername:${oid}`),
    ...sans.unsupported,
  ];
}
