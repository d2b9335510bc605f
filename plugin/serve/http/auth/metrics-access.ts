/** Who may read metrics: whoever has a token that allows it, or everybody who reaches the port. */
export const metricsAccesses = ['token', 'anonymous'] as const;
export type MetricsAccess = (typeof metricsAccesses)[number];
