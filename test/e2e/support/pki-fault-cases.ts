/** Something that a CA does wrong, and what the status of a request must say of it. */
export interface PkiFault {
  readonly what: string;
  readonly name: string;
  /** Of the mock CA server. */
  readonly args: readonly string[];
  /** Further fields of the block pki. */
  readonly pki?: Readonly<Record<string, unknown>>;
  /** The reason of the Ready condition: Pending where it is tried again. */
  readonly reason: 'Pending' | 'Failed';
  readonly words: RegExp;
  /** How often the CA signed, however often it was asked. */
  readonly signings: number;
}

const always = (status: number): readonly string[] => ['--fault-error-rate=1', `--fault-error-status=${status}`];
const brief = { network: { responseTimeout: '1s' } };

export const pkiFaults: readonly PkiFault[] = [
  {
    what: 'throttles',
    name: 'throttled',
    args: [...always(429), '--fault-retry-after=30s'],
    reason: 'Pending',
    words:
      /^CAThrottled: The CA answered 429 Too Many Requests to POST \/\S+; it says: "the server was started with .* Next try at \d{4}-/,
    signings: 0,
  },
  {
    what: 'has an error of its own',
    name: 'failing',
    args: always(500),
    reason: 'Pending',
    words:
      /^CAUnavailable: The CA answered 500 Internal Server Error to POST \/\S+; it says: ".*" \(code FAULT_INJECTED\)\. Next try at \d{4}-/,
    signings: 0,
  },
  {
    what: 'takes too long',
    name: 'slow',
    args: ['--fault-latency=10s'],
    pki: brief,
    reason: 'Pending',
    words: /^CATimeout: .*127\.0\.0\.1:\d+.* Next try at \d{4}-/,
    signings: 0,
  },
  {
    what: 'refuses the request',
    name: 'refusing',
    args: always(400),
    reason: 'Failed',
    words:
      /^CARejected: The CA answered 400 Bad Request to POST \/\S+; it says: "the server was started with .*" \(code FAULT_INJECTED\)\.$/,
    signings: 0,
  },
  {
    what: 'signs another key',
    name: 'wrong-key',
    args: ['--fault-answer=wrong-key'],
    reason: 'Failed',
    words: /^ChainKeyMismatch: The CA's answer was refused: no certificate in it is for the public key of the CSR/,
    signings: 1,
  },
  {
    what: 'gives an expired certificate',
    name: 'expired',
    args: ['--fault-answer=expired'],
    reason: 'Failed',
    words: /^CertificateExpired: The certificate that the CA returned was refused: it expired at .* Compare the CA's profile/,
    signings: 1,
  },
  {
    what: 'gives a chain that does not hold',
    name: 'broken-chain',
    args: ['--fault-answer=broken-chain'],
    reason: 'Failed',
    words: /^ChainBroken: The CA's answer was refused: /,
    signings: 1,
  },
  {
    what: 'answers without end',
    name: 'huge',
    args: ['--fault-answer=huge-body'],
    reason: 'Pending',
    words: /^CAAnswerTooLarge: .*maxResponseBytes.* Next try at \d{4}-/,
    signings: 1,
  },
  {
    what: 'cuts the connection',
    name: 'cut',
    args: ['--fault-answer=cut-body'],
    reason: 'Pending',
    words: /^CAUnreachable: .* Next try at \d{4}-/,
    signings: 1,
  },
  {
    what: 'answers what is no certificate',
    name: 'garbage',
    args: ['--fault-answer=garbage'],
    reason: 'Failed',
    words: /^CAResponseInvalid: Given up after 3 attempts that failed alike: .*pki\.response\.certificateField/,
    signings: 1,
  },
];
