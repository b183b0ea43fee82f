import { momentText } from '../../lib/moment.ts';
import { printable } from '../../lib/printable.ts';
import { err, ok } from '../../lib/result.ts';
import { readHeldCa } from '../../signers/ca/read-held.ts';
import { createCaSigner } from '../../signers/ca/signer.ts';
import { formatName } from '../../x509/name.ts';
import { commandFailure } from '../deps.ts';
import { chainFindings, type Finding } from './chain.ts';
import type { HeldCaFlags } from './options.ts';
import { chainOf, type ChosenCa, chooseCa } from './held-ca.ts';
import type { VaultSession } from './session.ts';
import { keyTypeText } from './words.ts';

/** Checks a CA as an issuer does. @throws {CodedError} `Failed` where an issuer would not be ready, or nobody would take what it signs. */
export async function runVerify(flags: HeldCaFlags, session: VaultSession): Promise<void> {
  const { deps, choice } = session;
  const findings = await findingsOf(await chooseCa(flags, session), session);
  for (const { level, about, text } of findings) {
    deps.stdout.write(`${level.padEnd(8)} ${about.padEnd(14)} ${printable(text)}\n`);
  }
  if (choice.login === 'az') {
    deps.stderr.write(
      'This was asked with the login of az. The identity of the issuer needs rights of its own: Key/Get and Key/Sign, Secret/Get for a ' +
        'secret, and Key/List where an older version of the key signs.\n',
    );
  }
  if (findings.some(({ level }) => level === 'problem')) {
    throw commandFailure(
      'an issuer with these settings would not be ready, or nobody would take what it signs: see the problems above',
    );
  }
}

/** Each thing that can be said of the CA, until one keeps the next from being asked. */
async function findingsOf({ holder, settings }: ChosenCa, session: VaultSession): Promise<readonly Finding[]> {
  const { deps } = session;
  const held = await session.ask(async (context) => await holder.load(context));
  if (!held.ok) return [problem('CA', held.error.message)];
  const { key, where } = held.value;
  const findings: Finding[] = [
    good('key', `${key.id} (${keyTypeText(key.publicKey.keyType)}) belongs to the certificate in ${where}.`),
  ];
  const now = deps.clock.now();
  const fit = readHeldCa(held.value, settings, now);
  if (!fit.ok) return [...findings, problem('certificate', fit.error.message)];
  const { subject, notAfter } = fit.value.certificate.certificate;
  const end = momentText(notAfter);
  findings.push(good('certificate', `"${formatName(subject, 200)}" is a CA that may sign, until ${end}.`));
  const chain = chainOf(held.value);
  findings.push(...(chain.ok ? chainFindings(chain.value) : [problem('chain', chain.error)]));
  const signer = createCaSigner(holder, settings, deps);
  const check = await session.ask(async (context) => {
    const outcome = await signer.check(context);
    return outcome.outcome === 'healthy' ? ok(outcome) : err(outcome);
  });
  if (!check.ok) return [...findings, problem('signing', check.error.message)];
  findings.push(good('signing', `The key signed a probe with ${fit.value.algorithm}, and the signature is right.`));
  for (const { code, message } of check.value.warnings ?? []) findings.push({ level: 'warning', about: code, text: message });
  return findings;
}

function good(about: string, text: string): Finding {
  return { level: 'ok', about, text };
}

function problem(about: string, text: string): Finding {
  return { level: 'problem', about, text };
}
