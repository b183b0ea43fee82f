import { Option, type Command } from 'commander';

/** The options of the commands that make something of the key, as they are written. */
export interface NewCaFlags {
  readonly subject?: string;
  readonly commonName?: string;
  readonly pathLength?: string;
  readonly signatureAlgorithm?: string;
  readonly createKey: boolean;
  readonly newKeyVersion: boolean;
  readonly keyType?: string;
  readonly keySize?: string;
  readonly curve?: string;
  readonly out?: string;
  readonly force: boolean;
}

export const keyTypes = ['RSA', 'RSA-HSM', 'EC', 'EC-HSM'] as const;
export const keySizes = ['2048', '3072', '4096'] as const;
export const curves = ['P-256', 'P-384', 'P-521'] as const;
export const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const;

/** Adds the options of {@link NewCaFlags} without those on files. */
export function addNewCaOptions(command: Command, whatIsSigned: string): Command {
  return command
    .option(
      '--subject <name>',
      'subject of the CA: "CN=Example Root CA,O=Example,C=DE", or "/C=DE/O=Example/CN=Example Root CA"',
    )
    .option('--common-name <name>', 'in place of --subject: a subject with this common name alone')
    .option('--path-length <number>', 'how many CAs may follow below it, 0 to 20 (default: any number)')
    .addOption(
      new Option('--signature-algorithm <name>', `how ${whatIsSigned} is signed (default: by the key)`).choices(algorithms),
    )
    .option('--create-key', 'make the key in the vault; one that is there is refused', false)
    .option('--new-key-version', 'with --create-key: where the key is there, make a new version of it', false)
    .addOption(new Option('--key-type <type>', 'with --create-key: type of the key (default: RSA)').choices(keyTypes))
    .addOption(new Option('--key-size <bits>', 'with --create-key: size of an RSA key (default: 3072)').choices(keySizes))
    .addOption(new Option('--curve <name>', 'with --create-key: curve of an EC key (default: P-256)').choices(curves));
}
