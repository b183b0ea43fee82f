// Loaded into the measured controller (node --expose-gc --import): SIGUSR2 collects garbage and logs the heap. Plain
// JavaScript, since loading TypeScript would add the memory of Node's type stripper to what is measured.
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  process.stderr.write(
    `${JSON.stringify({ msg: 'heap', at: Date.now(), heapMb: heapUsed / 2 ** 20, rssMb: rss / 2 ** 20 })}\n`,
  );
});
