/** What placeholders can stand for: `{{ csr.pem }}`. Every name in docs/pki.md; templates see own properties only. */
export interface TemplateValues {
  readonly csr: {
    /** PEM, 64 characters a line, trailing newline. */
    readonly pem: string;
    /** DER in base64, one line; `derBase64` is another name of it. */
    readonly base64: string;
    readonly derBase64: string;
    /** DER in base64url without padding, and in hexadecimal. */
    readonly base64url: string;
    readonly hex: string;
    /** The PEM in base64. */
    readonly pemBase64: string;
  };
  readonly subject: SubjectValues;
  readonly san: {
    readonly dns: readonly string[];
    readonly ip: readonly string[];
    readonly uri: readonly string[];
    readonly email: readonly string[];
    /** `<oid>:<DER in hexadecimal>`. */
    readonly otherName: readonly string[];
    /** DNS, IP, URI and email addresses, in this order, as plain values. */
    readonly all: readonly string[];
    /** The same with their types: `DNS:a.example`. */
    readonly typed: readonly string[];
  };
  readonly duration: {
    readonly seconds: number;
    /** Rounded up. */
    readonly minutes: number;
    readonly hours: number;
    readonly days: number;
    /** `2160h0m0s`. */
    readonly go: string;
    /** `PT7776000S`. */
    readonly iso8601: string;
    /** RFC 3339, UTC: when the certificate should end. */
    readonly notAfter: string;
  };
  readonly usages: readonly string[];
  readonly isCA: boolean;
  readonly request: {
    readonly name: string;
    /** '' for a request of the whole cluster. */
    readonly namespace: string;
    readonly uid: string;
    /** Of the Certificate, 1 for the first; from `cert-manager.io/certificate-revision`. */
    readonly revision: number;
    /** The same for every attempt at this request. */
    readonly idempotencyKey: string;
    /** Those that the issuer allows. */
    readonly annotations: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly issuer: { readonly kind: string; readonly name: string; readonly namespace: string };
  /** The time of this attempt. */
  readonly now: { readonly rfc3339: string; readonly unix: number; readonly unixMs: number };
  /** Another one for each attempt. */
  readonly uuid: string;
  /** The keys of the Secret with the credential, trimmed. */
  readonly secret: Readonly<Record<string, string>>;
  /** What the authentication gives: `token`, `payload`, `signature`, `serviceAccountToken`. */
  readonly auth: Readonly<Record<string, string>>;
  /** What earlier steps extracted. */
  readonly steps: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The CA's id of a request it decides on later; '' before. */
  readonly id: string;
  /** Of the certificate that is revoked; both '' otherwise. */
  readonly serial: { readonly hex: string; readonly decimal: string };
}

/** The subject, whole and by attribute; an attribute that is absent is '' and one that may repeat is a list. */
export interface SubjectValues {
  /** RFC 4514: `CN=a,OU=b,O=c`. */
  readonly rfc4514: string;
  /** `/O=c/OU=b/CN=a`, in the order of the CSR; "/" and "\" in values are escaped by "\". */
  readonly slash: string;
  readonly commonName: string;
  readonly serialNumber: string;
  readonly organizations: readonly string[];
  readonly organizationalUnits: readonly string[];
  readonly countries: readonly string[];
  readonly provinces: readonly string[];
  readonly localities: readonly string[];
  readonly streetAddresses: readonly string[];
  readonly postalCodes: readonly string[];
}
