import { CodedError } from '../../lib/errors.ts';

/**
 * `NoConfig`: nothing says where an API server is. `InvalidConfig`: what says it cannot be used; mending it takes a
 * person. `NoCredentials`: a token, certificate or plugin does not give what it should just now.
 */
export type KubeConfigErrorCode = 'NoConfig' | 'InvalidConfig' | 'NoCredentials';

/** Why there is no way to an API server; the message names the file and the field, never a value that may be secret. */
export class KubeConfigError extends CodedError<KubeConfigErrorCode> {
  constructor(code: KubeConfigErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = 'KubeConfigError';
  }
}
