import { Option } from 'commander';

/** `-o`, of commands that do something and say what. */
export function reportOption(): Option {
  return new Option('-o, --output <format>', 'how the result is told').choices(['text', 'json', 'yaml']).default('text');
}
