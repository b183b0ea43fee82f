import { err, ok, type Result } from '../../../lib/result.ts';
import { parseCertificate } from '../../../x509/certificate.ts';
import { decodePem } from '../../../x509/pem.ts';
import { pkiSchema, type PkiConfig } from '../schema/schema.ts';
import { authProblems } from './validate-auth.ts';
import { networkProblems } from './validate-network.ts';
import { sizeProblem } from './validate-size.ts';
import { useProblems } from './validate-uses.ts';

/** More problems than these are not listed: the first ones say enough. */
const mostProblems = 5;

const defaults = pkiSchema.parse({ baseUrl: 'https://pki.example.com' });

/**
 * Checks what no field can say by itself: how large all is together, fields that exclude or need each other, names that templates use, and fields that would
 * mean nothing in this configuration. Each part of it (a request, a response, the credential) is checked in itself where it is compiled.
 * Each problem names the field from `pki` on, and what to do; at most five, joined by "; ".
 */
export function validatePkiConfig(config: PkiConfig): Result<void, string> {
  const tooLarge = sizeProblem(config);
  if (tooLarge !== undefined) return err(tooLarge);
  const problems = [
    ...formProblems(config),
    ...pendingProblems(config),
    ...responseProblems(config),
    ...networkProblems(config),
    ...authProblems(config),
  ];
  // What templates use is only worth a word where there is a configuration to speak of.
  const all = problems.length > 0 ? problems : useProblems(config);
  return all.length === 0 ? ok(undefined) : err(all.slice(0, mostProblems).join('; '));
}

function formProblems({ parameters, steps, method }: PkiConfig): readonly string[] {
  if (parameters !== undefined && steps !== undefined) {
    return ['pki.steps: the request is also described by parameters; set exactly one of the two'];
  }
  if (parameters === undefined && steps === undefined) {
    return ['pki.steps: required, how the CSR is sent; or parameters, for an older PKI'];
  }
  const problems: string[] = [];
  if (method !== undefined && parameters === undefined) {
    problems.push('pki.method: belongs to parameters; remove it, and set the method of the step');
  }
  for (const [index, { name }] of (steps ?? []).entries()) {
    const first = (steps ?? []).findIndex((step) => step.name === name);
    if (first < index)
      problems.push(`pki.steps[${index}].name: "${name}" is the name of steps[${first}] too; name each step differently`);
  }
  return problems;
}

/** Fields that are only for a CA that decides later. A value that is the default's cannot be told from none, and does no harm. */
function pendingProblems(config: PkiConfig): readonly string[] {
  if (config.pending !== undefined) return [];
  const problems = (['pollInterval', 'pollDeadline'] as const)
    .filter((key) => config[key] !== defaults[key])
    .map((key) => `pki.${key}: means nothing without pending; set pending, or remove it`);
  const rule = (config.rules ?? []).findIndex(({ outcome }) => outcome === 'pending');
  if (rule === -1) return problems;
  return [
    ...problems,
    `pki.rules[${rule}].outcome: is pending, but pki.pending is not set; describe there how the CA is asked later`,
  ];
}

function responseProblems({ response: { caUrl, caBundle } }: PkiConfig): readonly string[] {
  if (caBundle === undefined) return [];
  const blocks = decodePem(caBundle);
  if (!blocks.ok) return [`pki.response.caBundle: ${blocks.error.message}`];
  const certificates = blocks.value.filter(({ label }) => label === 'CERTIFICATE');
  if (certificates.length === 0)
    return ['pki.response.caBundle: holds no certificate; write PEM, with its BEGIN CERTIFICATE lines'];
  const problems: string[] = [];
  for (const [index, { der }] of certificates.entries()) {
    const parsed = parseCertificate(der);
    if (!parsed.ok) problems.push(`pki.response.caBundle: certificate ${index + 1} cannot be read: ${parsed.error}`);
  }
  if (caUrl !== undefined)
    problems.push('pki.response.caUrl: caBundle already says what the CA certificates are; remove one of the two');
  return problems;
}
