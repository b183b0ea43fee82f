import type { SignerParts } from './signer.ts';
import type { RequestTemplate } from './template/contract.ts';
import { withValues } from './template/sign-values.ts';
import type { TemplateValues } from './template/values.ts';

/** A request as a dry run shows it. */
export interface Preview {
  readonly what: string;
  readonly template: RequestTemplate;
  readonly values: TemplateValues;
  /** Whether the credential goes with it; a login gives it first. */
  readonly withCredential: boolean;
}

const masked = '***';

/** The requests of signing with the values that are known before anything is sent: secrets are masked, answers are named. */
export function previewValues(
  values: TemplateValues,
  { plan, secret, auth }: Pick<SignerParts, 'plan' | 'secret' | 'auth'>,
): readonly Preview[] {
  const hidden = withValues(values, { secret: Object.fromEntries(Object.keys(secret).map((key) => [key, masked])) });
  const steps: Record<string, Record<string, string>> = {};
  for (const { name, extract } of plan.steps) {
    steps[name] = Object.fromEntries(extract.map((each) => [each.name, `<steps.${name}.${each.name}>`]));
  }
  const known = withValues(hidden, { steps, auth: auth.preview(hidden).values, id: '<id>' });
  const login = {
    what: 'pki.auth.login',
    values: withValues(known, { auth: { serviceAccountToken: masked } }),
    withCredential: false,
  };
  const later = { what: 'pki.pending.poll, where the CA decides later', values: known, withCredential: true };
  return [
    ...(plan.login === undefined ? [] : [{ ...login, template: plan.login }]),
    ...plan.steps.map((step) => {
      return { what: `${step.field} (${step.name})`, template: step.request, values: known, withCredential: true };
    }),
    ...(plan.pending === undefined ? [] : [{ ...later, template: plan.pending.poll.request }]),
  ];
}
