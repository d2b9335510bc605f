import { pino } from 'pino';
import type { Logger } from 'pino';
import type { LogLevel } from './flag-values.ts';

/** Characters buffered while stdout accepts none, as when its disk is full: later lines are dropped. */
const maxWaiting = 256 * 1024;

/** Writes one JSON object per line to stdout, each before the next: a crash loses none of them. */
export function createLogger(level: LogLevel): Logger {
  const destination = pino.destination({ dest: 1, sync: true, maxLength: maxWaiting });
  destination.on('error', () => {
    // Work continues without a log.
  });
  return pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
