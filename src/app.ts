import { setFlagsFromString } from 'node:v8';
import { invocationOf } from './cli/invocation.ts';
import { runProgram } from './cli/program.ts';
import { systemClock } from './lib/clock.ts';
import packageJson from '../package.json' with { type: 'json' };

/** How long what is left may hold up the end of the process, in milliseconds. */
const lingerMs = 1000;

/** Runs the command line of this process. The only place that touches `process`: everything below gets what it needs. */
export async function runProcess(): Promise<void> {
  // undici parses HTTP in WebAssembly. V8's optimising compiler would work on it once it is used, which costs 14 MB that
  // are never given back and saves nothing that can be measured (docs/benchmarks.md).
  setFlagsFromString('--wasm-tiering-budget=1000000000');
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      // A second signal means: now.
      if (stopping.signal.aborted) process.exit(130);
      stopping.abort(new Error(`stopped by ${name}`));
    });
  }
  // Whoever reads this closed the pipe, such as head: there is nobody left to tell anything.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  await runProgram(process.argv.slice(2), {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: stopping.signal,
    clock: systemClock,
    random: Math.random,
    version: packageJson.version,
    // As a plugin of kubectl it is called by kubectl's name.
    invocation: process.env['EXTERNAL_ISSUER_INVOCATION'] ?? invocationOf(process.argv[1] ?? '', process.cwd()),
    nodeVersion: process.version,
    setExitCode: (code) => {
      process.exitCode = code;
    },
  });
  // A connection that hangs would keep a leader alive that has lost its Lease.
  setTimeout(() => process.exit(), lingerMs).unref();
}
