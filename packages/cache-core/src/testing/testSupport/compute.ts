/** Blocks the event loop for so much processor time: what a case measures leaves out the time in which others have the processor. */
export function compute(ms: number): void {
  const before = process.cpuUsage();
  const usedMs = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  while (usedMs() < ms);
}
