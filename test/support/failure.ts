import { PluginError } from '../../plugin/lib/errors.ts';

/** The error that the call fails with, synchronously or not. Anything but a `PluginError` is rethrown: it is a bug. */
export async function failure(call: () => unknown): Promise<PluginError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
