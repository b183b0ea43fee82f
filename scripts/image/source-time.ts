import { mustRun } from './must-run.ts';
import { projectFolder } from './project.ts';

/**
 * The time that what is made of these sources has in it, in seconds since 1970: `SOURCE_DATE_EPOCH`, else that of the last commit, else
 * (sources without a repository) 1980, before which some programs know no time.
 * @throws where the variable is no such number.
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export async function sourceTime(given: string | undefined): Promise<number> {
  if (given !== undefined && given !== '') {
    if (/^\d{1,10}$/.test(given)) return Number(given);
    throw new Error(`SOURCE_DATE_EPOCH must be a number of seconds since 1970, not ${JSON.stringify(given)}`);
  }
  const committed = await mustRun('git', ['log', '-1', '--format=%ct'], projectFolder).catch(() => '');
  return /^\d+$/.test(committed.trim()) ? Number(committed) : 315_532_800;
}
