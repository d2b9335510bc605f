import { Problem } from '../../../../plugin/serve/http/problem.ts';

/** The code of the problem that a call throws or rejects with; `null` where it succeeds. */
export async function problemOf(call: () => unknown): Promise<string | null> {
  try {
    await call();
    return null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.code;
  }
}
