import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

export type Resolved = (error: Error | null, found: readonly LookupAddress[]) => void;

/** Asks for all addresses of a name; what it returns takes the question back, and then the callback is not called. */
export type Resolver = (host: string, options: LookupOptions, callback: Resolved) => () => void;

/** A name that is asked for, or that waits for its turn. */
interface Question {
  readonly host: string;
  readonly options: LookupOptions;
  readonly waiting: Set<Resolved>;
  isAsked: boolean;
}

/** The system's resolver (getaddrinfo) runs in four threads that files and cryptography need too, and cannot be cancelled. */
const mostAtOnce = 2;

/**
 * Makes the resolver that all connections of the process share. A name is asked for once at a time, however many wait for it, so
 * that a name whose name server hangs takes one place; the others wait in the order in which they came.
 */
export function createResolver(lookup: LookupFunction = systemLookup): Resolver {
  /** In the order in which they came, so those that are asked are before those that wait. */
  const questions = new Map<string, Question>();
  let running = 0;

  function ask(question: Question): void {
    running += 1;
    question.isAsked = true;
    const answer: Parameters<LookupFunction>[2] = (error, found) => {
      running -= 1;
      questions.delete(question.host);
      askNext();
      const all = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }];
      for (const callback of question.waiting) callback(error, error === null ? all : []);
    };
    lookup(question.host, { ...question.options, all: true }, answer);
  }

  function askNext(): void {
    for (const question of questions.values()) {
      if (running >= mostAtOnce) return;
      if (!question.isAsked) ask(question);
    }
  }

  return (host, options, callback) => {
    const question = questions.get(host) ?? { host, options, waiting: new Set(), isAsked: false };
    questions.set(host, question);
    // The same function may ask twice.
    const mine: Resolved = (error, found) => callback(error, found);
    question.waiting.add(mine);
    askNext();
    return () => {
      question.waiting.delete(mine);
      if (question.waiting.size === 0 && !question.isAsked) questions.delete(host);
    };
  };
}
