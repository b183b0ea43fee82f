import { callSigner } from '../issuing/call-signer.ts';
import { formatDuration } from '../lib/duration.ts';
import { momentText } from '../lib/moment.ts';
import { printable } from '../lib/printable.ts';
import type { SignerDefinition } from '../signers/definition.ts';
import type { CaFacts } from '../signers/signer.ts';
import { type CliDeps, commandFailure } from './deps.ts';
import type { IssuerFlags } from './issuer-options.ts';
import { traceTo, withIssuer } from './issuer-session.ts';
import type { OpenedIssuer } from './open-issuer.ts';
import { reasonText } from './reason.ts';

/** Checks an issuer of files. @throws {CodedError} `Failed`, with what is wrong and whether waiting may mend it. */
export async function runCheck(flags: IssuerFlags, signers: readonly SignerDefinition[], deps: CliDeps): Promise<void> {
  await withIssuer(flags, deps, signers, async (issuer) => await checkOne(issuer, flags, deps));
}

async function checkOne(issuer: OpenedIssuer, { verbose }: IssuerFlags, deps: CliDeps): Promise<void> {
  const { clock, stdout, stderr, signal } = deps;
  const { signer, words, resolved } = issuer;
  const { settings } = resolved;
  stdout.write(`${words}: the configuration is valid (signerType ${settings.signerType})\n`);
  const trace = traceTo(deps, verbose);
  const check = await callSigner(signer, clock, async (context) => await signer.check({ ...context, ...trace }), signal);
  if (check.outcome === 'healthy') {
    for (const warning of check.warnings ?? []) stderr.write(`warning: ${reasonText(warning)}\n`);
    stdout.write(`${words}: healthy: ${printable(check.message)}\n`);
    if (check.ca !== undefined) stdout.write(`${words}: ${caText(check.ca)}\n`);
    return;
  }
  const { intervalMs, enabled } = settings.healthCheck;
  const again = enabled
    ? `would be checked again, at the latest after ${formatDuration(intervalMs)}`
    : 'would be checked again';
  const next =
    check.outcome === 'retry'
      ? `In a cluster the issuer would not be ready and ${again}.`
      : 'In a cluster the issuer would not be ready until it, or what it refers to, is changed.';
  throw commandFailure(`${words}: not healthy: ${reasonText(check)} ${next}`);
}

function caText({ subject, serialHex, notAfter, keyId }: CaFacts): string {
  const until = momentText(notAfter);
  return printable(`its CA is "${subject}", serial number ${serialHex}, until ${until}, with the key ${keyId}`);
}
