import { createByteBudget, processAnswerBytes } from './byte-budget.ts';
import type { Network, NetworkDeps } from './contract.ts';
import { createResolver } from './resolver.ts';

/** Makes what the connections of all issuers share; once in a process. */
export function createNetwork({ addresses, env, lookup }: NetworkDeps): Network {
  return { addresses, env, resolve: createResolver(lookup), answers: createByteBudget(processAnswerBytes) };
}
