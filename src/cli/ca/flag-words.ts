/** Whose options are meant: those of the CA, or, as `--parent-key`, those of the one that signs it. */
export type Whose = '' | 'parent-';

/** What the words for issuers and the controller are on the command line, the longer ones first; `--` begins an option of the CA. */
const words: readonly (readonly [issuer: RegExp, here: string])[] = [
  [/keyVault\.caCertificate\.vaultCertificate/g, '--vault-certificate'],
  [/keyVault\.caCertificate/g, '--secret-name or --certificate'],
  [/(?<=in place of )vaultSecret\b/g, '--secret-name'],
  [/keyVault\.keyVersion|(?<=Correct )keyVersion/g, '--key-version'],
  [/keyVault\.keyName/g, '--key'],
  [/keyVault\.vaultUrl/g, '--vault-url'],
  [/keyVault\.signatureAlgorithm/g, '--signature-algorithm'],
  [/\bauth\.tenantId/g, 'AZURE_TENANT_ID'],
  [/\bauth\.clientId/g, 'AZURE_CLIENT_ID'],
  [/\bauth\.type/g, '--login'],
  [/\bthe Secret that authSecretRef names/g, 'AZURE_CLIENT_SECRET'],
  [/(?<=\b(?:and|check) )cloud\b/g, '--cloud'],
  [/\bcloud than the issuer\b/g, 'cloud than --cloud says'],
  [/ of the (?:controller|cluster)\b/g, ''],
  [/\bthe controller\b/g, 'this computer'],
];
const ofOneCa = /--(?=(?:key|key-version|vault-url|secret-name|certificate)\b(?!-))/g;

/** What a vault, or the way to it, said of a field of an issuer or of the controller, in the words of the command line. */
export function inFlags(message: string, whose: Whose = ''): string {
  const here = words.reduce((text, [issuer, flag]) => text.replaceAll(issuer, flag), message);
  return whose === '' ? here : here.replaceAll(ofOneCa, `--${whose}`);
}
