import { randomUUID } from 'node:crypto';
import { verifyIssued, type Verified } from '../issuing/verify.ts';
import { printable } from '../lib/printable.ts';
import type { SignerDefinition } from '../signers/definition.ts';
import type { Issued, SignRequest } from '../signers/signer.ts';
import { formatName } from '../x509/name.ts';
import { askUntilDecided } from './ask-until-decided.ts';
import { type CliDeps, commandFailure, usageError } from './deps.ts';
import type { IssuerFlags } from './issuer-options.ts';
import { traceTo, withIssuer } from './issuer-session.ts';
import type { OpenedIssuer } from './open-issuer.ts';
import { reasonText } from './reason.ts';
import { checkSignFlags, readCsrFile, type SignFlags } from './sign-input.ts';
import { writeSigned } from './sign-output.ts';
import { makeTrialRequest, readTrialFlags, type TrialFlags } from './trial-request.ts';

/** The options of `sign -f`. */
type Flags = IssuerFlags & SignFlags & TrialFlags;

/**
 * Has the CA of an issuer sign one CSR, as the controller would, and checks what it answers; with --dry-run it only shows
 * what would be sent.
 * @throws {CodedError} `Usage` or `Failed`; the message says what is wrong and what the controller would do.
 */
export async function runSignWithIssuer(flags: Flags, signers: readonly SignerDefinition[], deps: CliDeps): Promise<void> {
  const wish = { ...checkSignFlags(flags), isCA: flags.isCa, namespace: flags.namespace };
  const trial = readTrialFlags(flags);
  const fromStdin = flags.csr === '-' && flags.file.includes('-');
  if (fromStdin) throw usageError('--csr: -f reads standard input (-) already; give the CSR in a file');
  const csr = await readCsrFile(flags.csr, deps.stdin);
  const work = async (issuer: OpenedIssuer): Promise<void> => {
    const { policy } = issuer.resolved.settings;
    const request = makeTrialRequest(csr, issuer.view, wish, trial, { uid: randomUUID(), now: deps.clock.now(), policy });
    if (flags.dryRun) await preview(issuer, request, deps);
    else await sign(issuer, request, trial.timeoutMs, flags, deps);
  };
  await withIssuer(flags, deps, signers, work, flags.namespace);
}

async function preview(
  { signer, resolved, words }: OpenedIssuer,
  request: SignRequest,
  { stdout, stderr }: CliDeps,
): Promise<void> {
  if (signer.preview === undefined) {
    stderr.write(`${words}: signerType ${resolved.settings.signerType} sends no requests: it signs by itself\n`);
    return;
  }
  const shown = await signer.preview(request);
  if (!shown.ok) throw commandFailure(printable(`the request cannot be made: ${shown.error.code}: ${shown.error.message}`));
  stdout.write(shown.value.map((text) => text.replace(/\n*$/, '\n')).join('\n'));
  stderr.write(`${words}: nothing was sent\n`);
}

async function sign(issuer: OpenedIssuer, request: SignRequest, timeoutMs: number, flags: Flags, deps: CliDeps): Promise<void> {
  const answer = await askUntilDecided(issuer.signer, request, timeoutMs, deps, traceTo(deps, flags.verbose));
  const { chain, notices } = verified(answer, request, issuer, deps);
  for (const { note } of notices) deps.stderr.write(`warning: ${printable(note)}\n`);
  const { leaf, chainPem, caPem } = chain;
  const { pem: certificatePem, serialHex, notBefore, notAfter } = leaf;
  const { durationSeconds, isCA, csr } = request;
  const signing = {
    csr,
    certificate: { certificatePem, chainPem, caPem, serialHex, notBefore, notAfter },
    durationSeconds,
    isCA,
    signedBy: formatName(leaf.issuer, 400),
    endsWithCA: false,
  };
  await writeSigned(signing, flags, deps);
}

function verified(answer: Issued, request: SignRequest, { resolved }: OpenedIssuer, { clock }: CliDeps): Verified {
  const result = verifyIssued(answer, request, clock.now(), resolved.settings.verify === 'strict');
  if (result.ok) return result.value;
  const { afterMs } = result.error;
  const next = afterMs === undefined ? 'The controller would fail the request.' : 'The controller would keep it until then.';
  throw commandFailure(`${reasonText(result.error)} ${next}`);
}
