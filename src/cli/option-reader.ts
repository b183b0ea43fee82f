import type { Command } from 'commander';
import type { RawOption } from '../lib/raw-option.ts';

/**
 * Reads text options by name: what the command line says, else a variable that is not empty (`<prefix>LOG_LEVEL` for
 * `log-level`), else the default, else `''`.
 */
export function optionReader(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
  prefix: string,
): (name: string) => RawOption {
  return (name) => {
    const option = command.options.find(({ long }) => long === `--${name}`);
    if (option === undefined) throw new Error(`${command.name()} has no option --${name}`);
    const attribute = option.attributeName();
    const value: unknown = command.getOptionValue(attribute);
    const text = typeof value === 'string' ? value : '';
    if (command.getOptionValueSource(attribute) === 'cli') return { value: text, from: `--${name}`, given: true };
    const variable = `${prefix}${name.replaceAll('-', '_').toUpperCase()}`;
    const fromEnvironment = env[variable] ?? '';
    if (fromEnvironment !== '') return { value: fromEnvironment, from: variable, given: true };
    return { value: text, from: `--${name}`, given: false };
  };
}
