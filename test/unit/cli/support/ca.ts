import { Command, CommanderError } from 'commander';
import { addCaCommand } from '../../../../src/cli/ca.ts';
import type { OpenVault } from '../../../../src/signers/key-vault/contract.ts';
import { openssl } from '../../x509/tools.ts';
import { type Outcome, outcomeOf } from './cli.ts';
import type { MemoryVault } from './memory-vault.ts';

/** What besides the arguments is given to a run. */
export interface CaRun {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What the clock says, milliseconds since the epoch. */
  readonly now?: number | (() => number);
}

/** Runs `ca` with arguments on vaults in memory; arguments that commander refuses are errors like the others. */
export async function runCa(
  vaults: MemoryVault | readonly MemoryVault[],
  args: readonly string[],
  more: CaRun = {},
): Promise<Outcome> {
  const all = Array.isArray(vaults) ? (vaults as readonly MemoryVault[]) : [vaults as MemoryVault];
  const openVault: OpenVault = async (settings, deps) => {
    const vault = all.find(({ url }) => url === settings.vaultUrl);
    if (vault === undefined) throw new Error(`no vault ${settings.vaultUrl}`);
    return await vault.open(settings, deps);
  };
  const { stdin = '', env = {}, now } = more;
  const read = typeof now === 'number' ? () => now : now;
  const clock =
    read === undefined
      ? {}
      : { clock: { now: read, monotonic: read, sleep: async () => await new Promise<void>(() => undefined) } };
  return await outcomeOf(
    async (deps) => {
      const program = new Command('external-issuer').exitOverride().configureOutput({ writeErr: () => undefined });
      addCaCommand(program, { ...deps, openVault });
      for (const command of program.commands.flatMap((ca) => [ca, ...ca.commands])) command.copyInheritedSettings(program);
      try {
        await program.parseAsync(['ca', ...args], { from: 'user' });
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        deps.stderr.write(`commander: ${error.message}\n`);
      }
    },
    { stdin, env, ...clock },
  );
}

/** What `openssl verify -x509_strict` says of the first certificate of a chain below its last. */
export function verifyChain(chainPem: string): string {
  const certificates = chainPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
  const [leaf = '', root = leaf] = [certificates[0], certificates.at(-1)];
  return openssl(['verify', '-x509_strict', '-CAfile', 'root.pem', '-untrusted', 'chain.pem', 'leaf.pem'], {
    'leaf.pem': leaf,
    'root.pem': root,
    'chain.pem': chainPem,
  }).trim();
}

/** The text form openssl gives the first certificate. */
export function textOf(pem: string): string {
  return openssl(['x509', '-in', 'in.pem', '-noout', '-text'], { 'in.pem': pem });
}
