import { Option, type Command } from 'commander';
import { controllerNamespace } from '../api/group.ts';
import type { SignerDefinition } from '../signers/definition.ts';
import { addAzureLoginOption, addAzureOptions, readAzureTrialOptions } from './azure-options.ts';
import { type CliDeps, usageError } from './deps.ts';
import { addNetworkOptions, readNetworkOptions, signersDeps } from './network-options.ts';
import { optionReader } from './option-reader.ts';

/** The options of the commands that try an issuer without a cluster, as they are written. */
export interface IssuerFlags {
  readonly file: readonly string[];
  readonly issuer?: string;
  readonly clusterResourceNamespace: string;
  readonly allowedReferenceNamespaces?: string;
  readonly serviceAccountToken?: string;
  readonly verbose: boolean;
}

/** As commander gives them: -f may be absent. */
export type WrittenIssuerFlags = Omit<IssuerFlags, 'file'> & Partial<Pick<IssuerFlags, 'file'>>;

/** Adds the options of {@link IssuerFlags}, those of the controller that bear on how a CA is reached, and whose login is used. */
export function addIssuerOptions(command: Command): Command {
  command
    .addOption(
      new Option(
        '-f, --file <file>',
        'YAML with an issuer and the ConfigMaps and Secrets it refers to; - reads standard input; may be repeated',
      ).argParser(collect),
    )
    .option('--issuer <name>', 'which issuer, where the files hold several: a name, or kind/name')
    .option(
      '--cluster-resource-namespace <name>',
      'namespace of the Secrets and ConfigMaps of ExternalClusterIssuers',
      controllerNamespace,
    )
    .option('--allowed-reference-namespaces <names>', 'further namespaces ExternalClusterIssuers may refer to, comma-separated')
    .option('--service-account-token <file>', 'token for issuers with a serviceAccountRef, which else takes a cluster')
    .option('-v, --verbose', 'write what is sent, answered and read to standard error, secrets masked', false);
  return addAzureLoginOption(addAzureOptions(addNetworkOptions(command)));
}

/** Gathers the values of an option that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Not commander's required option: that would be missed before an option that is spelt wrongly is found. @throws `Usage`. */
export function withFiles<Flags extends WrittenIssuerFlags>(flags: Flags): Flags & IssuerFlags {
  const { file } = flags;
  if (file === undefined) throw usageError('-f: give the file that has the issuer, or - to read it from standard input');
  return { ...flags, file };
}

/** The signers, under the options on network and Azure of a command that {@link addIssuerOptions} has seen; there is no API server. */
export async function signersFor(command: Command, deps: CliDeps): Promise<readonly SignerDefinition[]> {
  const option = optionReader(command, deps.env, 'EXTERNAL_ISSUER_');
  const [network, azure] = [readNetworkOptions(option), readAzureTrialOptions(option, deps.env)];
  const { createSigners } = await import('../signers/registry.ts');
  return createSigners(signersDeps(network, deps, [], azure));
}
