import { err, type Result } from '../../../lib/result.ts';
import type { ConfigProblem } from '../../signer.ts';
import type { AuthFailure } from './contract.ts';

/** The configuration is wrong; the message names the field. */
export function configError(message: string): Result<never, ConfigProblem> {
  return err({ code: 'ConfigError', message });
}

/** The Secret is missing or wrong; the message names it and the key, never a value. */
export function authError(message: string): Result<never, ConfigProblem> {
  return err({ code: 'AuthError', message });
}

/** A template of the credential has no value for something that this request lacks: others may have it. @param message begins with the field. */
export function incomplete(message: string): Result<never, AuthFailure> {
  return err({ outcome: 'failed', code: 'RequestIncomplete', message });
}
