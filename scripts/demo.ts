import { parseArgs } from 'node:util';
import { messageOf } from '../src/lib/errors.ts';
import { readEnvironment } from '../test/controlplane/environment.ts';
import { runDemo } from './demo/run.ts';

/** `make demo`: Certificates become Secrets on a real API server; with `--keep` everything stays up until Ctrl-C. */

try {
  const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
  const { stdout, stderr } = process;
  const code = await runDemo({ keep: values.keep, environment: readEnvironment(), stdout, stderr });
  // What an interrupted step has left waiting would keep this process running.
  process.exit(code);
} catch (error) {
  process.stderr.write(`demo: ${messageOf(error)}\n`);
  process.exit(1);
}
