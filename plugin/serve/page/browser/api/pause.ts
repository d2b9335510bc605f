/** Ends early when the signal aborts, or when the target gets an event of the type. Leaves no listener behind. */
export async function pause(ms: number, signal: AbortSignal, wake?: readonly [EventTarget, string]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const over = new AbortController();
  const end = (): void => {
    resolve(undefined);
  };
  const timer = setTimeout(end, ms);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { signal: over.signal });
  wake?.[0].addEventListener(wake[1], end, { signal: over.signal });
  await promise;
  clearTimeout(timer);
  over.abort();
}
