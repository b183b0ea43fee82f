import { CodedError } from '../../../src/lib/errors.ts';
import { readEnvironment } from '../../controlplane/environment.ts';
import { run, type RunResult } from '../../controlplane/run.ts';
import { prometheusPrograms } from '../../tools/prometheus.ts';

/** Runs promtool; the path of the tool is found before, by {@link findPromtool}. */
export type Promtool = (args: readonly string[], input?: string) => Promise<RunResult>;

/** promtool, or why there is none on this system. */
export async function findPromtool(): Promise<Promtool | string> {
  try {
    const { promtool } = await prometheusPrograms(readEnvironment(), process.stderr);
    return async (args, input = '') => await run(promtool, args, { input });
  } catch (error) {
    if (error instanceof CodedError && error.code === 'PackageToolsMissing') return error.message;
    throw error;
  }
}
