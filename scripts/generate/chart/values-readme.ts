import type { ChartValue } from './values.ts';

/** README.md of the chart: every value with its default and what it is for. */
export function valuesReadme(values: readonly ChartValue[]): string {
  const alone = values.filter(({ below }) => below.length === 0);
  const groups = values.filter(({ below }) => below.length > 0);
  return `${[
    '# The chart external-issuer',
    'Installs the [External PKI Issuer](../../README.md): the CRDs of its issuers, the controller and its rights, and what belongs to\n' +
      'them. [docs/installation.md](../../docs/installation.md) says how, with values for common cases.',
    '```sh\nhelm install external-issuer charts/external-issuer --namespace external-issuer-system --create-namespace \\\n' +
      '  --set image.repository=REGISTRY/external-issuer\n```',
    'Each value is checked by `values.schema.json` before anything is installed; combinations that cannot work are refused with the name\n' +
      'of the value and what to do.',
    '## Values',
    'Only `image.repository` must be set.',
    table(alone),
    ...groups.flatMap((group) => [`## ${group.path}`, group.description, table(leavesOf(group))]),
  ].join('\n\n')}\n`;
}

function leavesOf(value: ChartValue): readonly ChartValue[] {
  return value.below.length === 0 ? [value] : value.below.flatMap(leavesOf);
}

function table(values: readonly ChartValue[]): string {
  const rows = values.map(({ path, fallback, description, schema }) => [
    `\`${path}\``,
    `\`${JSON.stringify(fallback)}\``,
    `${description}${choicesOf(schema)}`,
  ]);
  const lines = [['value', 'default', 'what it is'], ['---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`).join('\n');
}

/** What the value may be, where that is one of a few. */
function choicesOf({ enum: own, items }: ChartValue['schema']): string {
  const values = own ?? (items as { readonly enum?: unknown } | undefined)?.enum;
  if (!Array.isArray(values)) return '';
  return ` One of ${values.map((value) => `\`${String(value)}\``).join(', ')}.`;
}
