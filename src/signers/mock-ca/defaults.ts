/** Sizes in bits that the key of a CA may have: of RSA keys, and of the curves of ECDSA keys. */
export const rsaSizes: readonly number[] = [2048, 3072, 4096];
export const curveSizes = [256, 384, 521] as const;
export const defaultRsaSize = 2048;
export const defaultCurveSize = 256;

/** The common name of a CA that is given none. */
export const defaultCommonName = 'External Issuer Mock CA';

/** The organization of the CA of `mockca` and `sign`, as older servers named it; an issuer's mock CA has its own default. */
export const serverOrganization = 'cert-manager-external-issuer';
