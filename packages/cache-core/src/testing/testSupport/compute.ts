/**
 * Blocks the event loop until this process has used so much processor time. Cases leave out the time in which others have the processor.
 */
export function compute(ms: number): void {
  const before = process.cpuUsage();
  const usedMs = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  while (usedMs() < ms);
}
