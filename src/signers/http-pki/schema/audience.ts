import type { SpecRule } from '../../../api/field-types.ts';

/**
 * Audiences for which others take tokens of ServiceAccounts in exchange for rights, in small letters: Entra ID, AWS, Google Cloud, and the
 * API server as it is mostly set up. RE2 and JavaScript read it alike, and CEL as it stands, since it has no backslashes and quotes.
 */
const foreign =
  '^(api://azureadtokenexchange|(https?://)?sts[.]amazonaws[.]com|(https?:)?//iam[.]googleapis[.]com|.*[.]svc[.]id[.]goog$|' +
  '(https?://)?kubernetes([.]default.*)?/?$|api$)';

const why =
  'is an audience of tokens that Entra ID, AWS, Google Cloud or the API server give rights for, which whoever is sent the token of the login ' +
  'could use; leave it out (the default is vault://<namespace>/<issuer>), or write one that nobody but the server of the login takes';

/** For an object with the field `audience`. */
export const audienceRule: SpecRule = {
  rule: `!has(self.audience) || !self.audience.lowerAscii().matches('${foreign}')`,
  message: `audience ${why}`,
  fieldPath: '.audience',
};

/** The same for a configuration that the API server has not seen. @param field for the message. */
export function audienceProblem(field: string, audience: string): string | undefined {
  return new RegExp(foreign).test(audience.toLowerCase()) ? `${field}: ${why}` : undefined;
}
