import { posix } from 'node:path';

/**
 * Which layers each layer of src/ may import, besides itself. `main` and `app` are src/main.ts and src/app.ts; `..` is
 * what lies outside src/, which is package.json for its version.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  x509: ['lib'],
  kube: ['lib'],
  api: ['lib', 'x509', 'kube'],
  signers: ['lib', 'x509', 'api'],
  issuing: ['lib', 'x509', 'kube', 'api', 'signers'],
  mockca: ['lib', 'x509', 'api', 'signers'],
  server: ['lib', 'x509', 'kube', 'api', 'signers', 'issuing'],
  manager: ['lib', 'x509', 'kube', 'api', 'signers', 'issuing', 'server'],
  cli: ['lib', 'x509', 'kube', 'api', 'signers', 'issuing', 'mockca', 'server', 'manager'],
  app: ['lib', 'x509', 'kube', 'api', 'signers', 'issuing', 'mockca', 'server', 'manager', 'cli', '..'],
  main: ['app', 'cli', 'lib'],
};

const processFiles = new Set(['app.ts', 'main.ts']);

/** The files that set timers themselves; all others are given a clock, so that tests decide what time it is. */
export const timerFiles: Readonly<Record<string, string>> = {
  'lib/clock.ts': 'it is the clock',
  'kube/workqueue.ts': 'a delayed key is moved forward and dropped, which takes a handle that a sleep has not',
  'manager/elected.ts': 'the limits of a shutdown hold also where the rest hangs',
  'mockca/server.ts': 'the limit of its shutdown likewise',
  'app.ts': 'the process ends even where something keeps it',
};
export const longestFile = 250;

/** The layer of a file whose path is given from src/ on. */
function layerOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '');
}

/** The code without its comments and without what stands in quotes, so that neither is taken for code. */
export function codeOf(text: string): string {
  return text.replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\/\*[^]*?\*\/|\/\/[^\n]*/g, (found) =>
    /^['"]/.test(found) ? `''` : '',
  );
}

/** The relative imports of a file, static, dynamic and re-exported, as paths from src/ on. */
function importsOf(file: string, text: string): readonly string[] {
  const found = text.matchAll(/(?:^|\n)(?:import|export)\b[^;']*?'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'/g);
  return [...found].map(([, fixed, dynamic]) => resolveImport(file, fixed ?? dynamic ?? ''));
}

/** The path from src/ on of a relative import. */
export function resolveImport(file: string, target: string): string {
  return posix.join(posix.dirname(file), target);
}

/** What is wrong with a file of src/; empty where nothing is. */
export function violationsOf(file: string, text: string): readonly string[] {
  const violations: string[] = [];
  const layer = layerOf(file);
  const allowed = mayImport[layer];
  if (allowed === undefined) return [`${file}: "${layer}" is not a layer`];
  for (const target of importsOf(file, text)) {
    const targetLayer = layerOf(target);
    if (targetLayer !== layer && !allowed.includes(targetLayer)) {
      violations.push(`${file}: ${layer} must not import ${target}`);
    }
  }
  const code = codeOf(text);
  const touchesProcess = /\bprocess\s*[.[]/.test(code) || /from 'node:process'|import\('node:process'\)/.test(text);
  if (touchesProcess && !processFiles.has(file)) violations.push(`${file}: only src/app.ts and src/main.ts use process`);
  const setsTimer = /\b(?:setTimeout|setInterval)\b|\bAbortSignal\.timeout\b/.test(code) || /'node:timers/.test(text);
  if (setsTimer && !(file in timerFiles)) violations.push(`${file}: sets a timer; take a Clock (src/lib/clock.ts)`);
  if (/(?:^|\n)export default\b|\bas default\b/.test(code)) violations.push(`${file}: has a default export`);
  const statements = code.split(';').map((statement) => statement.trim());
  const statementsWithMeaning = statements.filter((statement) => statement !== '');
  const reExport = /^export\s+(?:type\s+)?(?:\*|\{[^}]*\}\s*from\b)/;
  if (statementsWithMeaning.length > 0 && statementsWithMeaning.every((statement) => reExport.test(statement))) {
    violations.push(`${file}: only re-exports others (a barrel)`);
  }
  const lines = text.split('\n').length - 1;
  if (lines > longestFile) violations.push(`${file}: has ${lines} lines, more than ${longestFile}`);
  return violations;
}
