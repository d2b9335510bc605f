import { isDeepStrictEqual } from 'node:util';

/** The current content of mounted files, and its later replacements. */
export interface FollowedFile<T> {
  readonly current: () => T;
  readonly onChange: (listener: (value: T) => void) => void;
}

/** Frequent enough: mounted Secrets are replaced long before a certificate expires. */
const rereadMs = 10_000;

/**
 * Reads files, failing if that is impossible, and polls them until the signal aborts: not every file system reports the
 * replaced symlink of a mounted Secret. A later read failure is reported once and ignored.
 */
export async function followFiles<T>(
  read: () => Promise<T>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
  everyMs = rereadMs,
): Promise<FollowedFile<T>> {
  let value = await read();
  const listeners: ((value: T) => void)[] = [];
  let lastError = '';
  const reread = async (): Promise<void> => {
    try {
      const next = await read();
      lastError = '';
      if (isDeepStrictEqual(next, value)) return;
      value = next;
      for (const listener of listeners) listener(value);
    } catch (error) {
      // Report it once, not with every poll.
      const message = error instanceof Error ? error.message : '';
      if (message !== lastError) onError(error);
      lastError = message;
    }
  };
  const timer = setInterval(() => void reread(), everyMs).unref();
  signal.addEventListener('abort', () => {
    clearInterval(timer);
  });
  return {
    current: () => value,
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
}
