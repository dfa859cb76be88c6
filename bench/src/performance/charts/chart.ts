/** One picture, as SVG, and what to say to those who do not see it. */
export interface Chart {
  readonly name: 'throughput' | 'latency' | 'plugins' | 'hits' | 'frozen' | 'near' | 'memory';
  readonly title: string;
  readonly picture: string;
}
