// Allowed values of the flags of `serve`. A file without imports: flags are read without loading the web server.

/** Who may read metrics: clients with a token that allows it, or every client that reaches the port. */
export const metricsAccesses = ['token', 'anonymous'] as const;
export type MetricsAccess = (typeof metricsAccesses)[number];

/** Least severe level that is logged. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
