import { goLines, type GoCommand } from './go.ts';
import type { Progress } from './progress.ts';

/** What is compiled, from where, into which file. */
export interface CompileOptions {
  /** A package: `.` or an import path of the module or of one it requires. */
  readonly target: string;
  readonly flags: readonly string[];
  readonly binary: string;
}

/** The dependencies that Go still has to compile; fetches the modules that are missing. */
async function packagesToCompile(go: GoCommand, options: CompileOptions, progress: Progress): Promise<Set<string>> {
  progress.at('fetching Go modules');
  let fetched = 0;
  const lines = await goLines(
    go,
    ['list', '-deps', ...options.flags, '-f', '{{if .Stale}}stale {{.ImportPath}}{{end}}', options.target],
    (line) => {
      if (line.startsWith('go: downloading ')) progress.at(`fetching Go modules: ${++fetched}`);
      return line.startsWith('stale ');
    },
  );
  // Dependencies come first: the last is the program itself, whose turn is the linking.
  return new Set(lines.slice(0, -1).map((line) => line.slice('stale '.length)));
}

/** Compiles one program with Go, with progress. @throws CodedError BuildFailed with Go's last lines. */
export async function compile(go: GoCommand, options: CompileOptions, progress: Progress): Promise<void> {
  const wanted = await packagesToCompile(go, options, progress);
  let compiled = 0;
  const at = () => progress.at(compiled < wanted.size ? `compiling: ${compiled} of ${wanted.size} packages` : 'linking');
  at();
  await goLines(go, ['build', '-v', ...options.flags, '-o', options.binary, options.target], (line) => {
    if (wanted.has(line)) compiled++;
    at();
    return false;
  });
}
