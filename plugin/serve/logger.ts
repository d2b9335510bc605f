import { pino } from 'pino';
import type { Logger } from 'pino';
import type { LogLevel } from './flag-values.ts';

/** One JSON object a line on stdout, each written before the next: a crash loses none of them. */
export function createLogger(level: LogLevel): Logger {
  return pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 1, sync: true }),
  );
}
