import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Finding } from '../../../src/cli/doctor/finding.ts';
import type { ControlPlane } from '../../controlplane/types.ts';
import { runCommand, type CommandResult } from './mockca-process.ts';

/** What the doctor said of a cluster. */
export interface Diagnosis {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  /** The one finding with that code about that object. */
  of(code: string, where: string | RegExp): Finding;
}

/** The doctor, and a shell in which its fixes can be run as they are. */
export interface Surgery {
  /** @param kubeconfig whose rights are used; the administrator's where it is left out. */
  diagnose(args?: readonly string[], kubeconfig?: string): Promise<Diagnosis>;
  /** The same as text for people. */
  asText(args?: readonly string[]): Promise<CommandResult>;
  /** Runs a fix as a user would who copies it. */
  run(fix: string | undefined): Promise<void>;
}

const { PATH = '' } = process.env;

/** Puts `kubectl` where a shell finds it; how this program is called is in the fixes themselves. */
export async function openSurgery(plane: ControlPlane): Promise<Surgery> {
  const kubectl = join(plane.dir, 'kubectl');
  await writeFile(kubectl, `#!/bin/sh\nexec "${plane.kubectlCommand}" "$@"\n`);
  await chmod(kubectl, 0o755);
  const doctor = async (args: readonly string[], kubeconfig = plane.kubeconfigPath): Promise<CommandResult> =>
    await runCommand(['doctor', `--kubeconfig=${kubeconfig}`, ...args]);
  return {
    async diagnose(args = [], kubeconfig) {
      const { code, stdout, stderr } = await doctor(['--output=json', ...args], kubeconfig);
      assert.equal(stderr, '');
      const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
      return {
        code,
        findings,
        of(wanted, where) {
          const isIt = (text: string): boolean => (typeof where === 'string' ? text === where : where.test(text));
          const found = findings.filter((finding) => finding.code === wanted && isIt(finding.where));
          assert.equal(found.length, 1, `${wanted} of ${where} is not in ${JSON.stringify(findings, null, 1)}`);
          return found[0] as Finding;
        },
      };
    },
    asText: async (args = []) => await doctor(args),
    async run(fix) {
      assert.ok(fix !== undefined, 'there is a command to copy');
      await promisify(execFile)('sh', ['-e', '-c', fix], { env: { PATH: `${plane.dir}:${PATH}`, HOME: plane.dir } });
    },
  };
}
