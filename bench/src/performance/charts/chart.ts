/** A picture in SVG, and a text for those who cannot see it. */
export interface Chart {
  readonly name: 'throughput' | 'latency' | 'plugins' | 'hits' | 'frozen' | 'near' | 'memory';
  readonly title: string;
  readonly picture: string;
}
