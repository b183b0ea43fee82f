/** Bytes of one line; a watch event is one object, and etcd keeps none over 1.5 MiB. */
const maxEventBytes = 16 * 1024 * 1024;

/**
 * Splits a stream of bytes into lines of text, as a watch sends its events. A line may arrive in many pieces and a
 * piece may hold many lines; what follows the last newline is not a line, it is a stream that was cut.
 * @param maxLineBytes a longer line ends the stream with an error.
 */
export async function* readLines(stream: AsyncIterable<Uint8Array>, maxLineBytes = maxEventBytes): AsyncGenerator<string> {
  let pieces: Uint8Array[] = [];
  let size = 0;

  function keep(piece: Uint8Array): void {
    size += piece.length;
    if (size > maxLineBytes) throw new Error(`a line of the stream exceeds ${maxLineBytes} bytes`);
    if (piece.length > 0) pieces.push(piece);
  }

  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      keep(chunk.subarray(start, end));
      const line = Buffer.concat(pieces).toString('utf8');
      pieces = [];
      size = 0;
      start = end + 1;
      if (line.trim() !== '') yield line;
    }
    keep(chunk.subarray(start));
  }
}
