import { createReadStream } from 'node:fs';
import { messageOf } from '../lib/errors.ts';
import { commandFailure } from './deps.ts';

/** A file that a command reads, as an option names it; `-` is standard input. */
export interface InputFile {
  /** The option, for messages: `--csr`. */
  readonly option: string;
  readonly file: string;
  readonly mostBytes: number;
  /** What a larger file cannot be, for messages: `that is no CSR`. */
  readonly tooLarge: string;
}

/** Reads a file whole. @throws {CodedError} `Failed`, which names the option and the file. */
export async function readInputFile(input: InputFile, stdin: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const { option, file, mostBytes } = input;
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of file === '-' ? stdin : (createReadStream(file) as AsyncIterable<Uint8Array>)) {
      size += chunk.length;
      if (size > mostBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw commandFailure(`${option}: ${nameOfInput(file)} cannot be read: ${messageOf(cause)}`, { cause });
  }
  if (size > mostBytes) {
    throw commandFailure(`${option}: ${nameOfInput(file)} has more than ${mostBytes / 1024} KiB; ${input.tooLarge}`);
  }
  return Buffer.concat(chunks);
}

/** A file as messages name it. */
export function nameOfInput(file: string): string {
  return file === '-' ? 'standard input' : file;
}
