/** Milliseconds that something keeps this thread busy: the least of three times, whatever else the machine does. */
export function busyMs(run: () => unknown): number {
  const times = Array.from({ length: 3 }, () => {
    const before = process.threadCpuUsage();
    run();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}
