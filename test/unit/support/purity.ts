import { codeOf, resolveImport } from './architecture.ts';

/** The files that decide and do nothing: what goes in says all of what comes out. */
export const pureFiles = [
  'issuing/approval/decide-approval.ts',
  'issuing/check-request.ts',
  'issuing/circuit.ts',
  'issuing/conclude.ts',
  'issuing/decide.ts',
  'issuing/request-states.ts',
  'issuing/triggers.ts',
  'issuing/verify.ts',
  'issuing/window.ts',
  'kube/lease.ts',
  'server/scrape-decision.ts',
] as const;

/** What of Node's modules and which packages only compute. */
const pureNames: Readonly<Record<string, readonly string[] | 'all'>> = {
  'node:crypto': ['X509Certificate', 'constants', 'createPublicKey', 'hash', 'verify'],
  'node:net': ['BlockList', 'SocketAddress', 'isIP'],
  'node:util': ['isDeepStrictEqual'],
  '@peculiar/asn1-schema': 'all',
  '@peculiar/asn1-x509': 'all',
  zod: 'all',
};

const effects: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\b/, 'asks what time it is'],
  [/\bMath\.random\b/, 'asks for chance'],
  [/\basync\b|\bawait\b|\bPromise\b|\bfetch\(/, 'is asynchronous, so it waits for something'],
];

/** One import that is there when the program runs: not of types alone. `names` is empty where all is imported. */
interface ValueImport {
  readonly from: string;
  readonly names: readonly string[];
}

function valueImportsOf(text: string): readonly ValueImport[] {
  const found = text.matchAll(/(?:^|\n)(?:import|export)\s+(?!type\b)([^;']*?)\s*from\s*'([^']+)'/g);
  return [...found].flatMap(([, clause = '', from = '']) => {
    const listed = /^\{([^]*)\}$/
      .exec(clause)?.[1]
      ?.split(',')
      .map((name) => name.trim());
    if (listed === undefined) return [{ from, names: [] }];
    const names = listed.filter((name) => name !== '' && !name.startsWith('type '));
    return names.length === 0 ? [] : [{ from, names: names.map((name) => name.split(' ')[0] ?? '') }];
  });
}

/** What a file, or one of those that it is made of, does besides computing; `sources` are all texts, by path from src/ on. */
export function impuritiesOf(file: string, sources: ReadonlyMap<string, string>): readonly string[] {
  const impurities: string[] = [];
  const reached = new Set([file]);
  for (const at of reached) {
    const text = sources.get(at) ?? '';
    const code = codeOf(text);
    for (const [pattern, what] of effects) if (pattern.test(code)) impurities.push(`${at}: ${what}`);
    for (const { from, names } of valueImportsOf(text)) {
      if (from.startsWith('.')) reached.add(resolveImport(at, from));
      else impurities.push(...impureNames(from, names).map((what) => `${at}: imports ${what}`));
    }
  }
  return impurities;
}

function impureNames(from: string, names: readonly string[]): readonly string[] {
  const pure = pureNames[from];
  if (pure === 'all') return [];
  if (pure === undefined || names.length === 0) return [from];
  return names.filter((name) => !pure.includes(name)).map((name) => `${name} from ${from}`);
}
