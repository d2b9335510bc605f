import * as z from 'zod';
import { clipped } from '../lib/messages/text.ts';

const maxChars = 600;

/** The plugin's error in its form for people: message, hint, and the code with its page. */
const readableError = /(?:^|\s)Error: ([^]*?)\n([A-Z_]+): https?:\/\//;
/** The older form, and that of logs: one line of JSON. */
const LoggedError = z.object({ code: z.string(), message: z.string(), hint: z.string().default('') });
const logLineStart = '{"level":"error"';

/**
 * The plugin's own error within a condition of Argo CD, without Argo CD's text around it; the beginning of any other
 * text.
 */
export function extractPluginError(condition: string): string {
  const [, words, named] = readableError.exec(condition) ?? [];
  if (words !== undefined && named !== undefined) return clipped(`${named} ${words.replace(/\n/g, '; ')}`, maxChars);
  const start = condition.indexOf(logLineStart);
  const error = start === -1 ? undefined : parse(condition.slice(start));
  return clipped(error ? `${error.code} ${error.message}; ${error.hint}` : condition, maxChars);
}

function parse(text: string): z.infer<typeof LoggedError> | undefined {
  const [line = ''] = text.split('\n');
  try {
    return LoggedError.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
