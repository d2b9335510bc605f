import * as z from 'zod';
import { parseJson } from '../lib/json.ts';
import { clipped } from '../lib/messages/text.ts';

const maxChars = 600;

/** The plugin's error in its form for people: message, hint, and the code with its page. */
const readableError = /(?:^|\s)Error: ([^]*?)\n([A-Z_]+): https?:\/\//;
/** The older form, and that of logs: one line of JSON. A bug has no hint. */
const loggedError = /\{"level":"error".*/;
const LoggedError = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

/**
 * The plugin's own error within a condition of Argo CD, without Argo CD's text around it; the beginning of any other
 * text.
 */
export function extractPluginError(condition: string): string {
  const readable = readableError.exec(condition);
  if (readable) return clipped(`${String(readable[2])} ${String(readable[1]).replace(/\n/g, '; ')}`, maxChars);
  const error = LoggedError.safeParse(parseJson(String(loggedError.exec(condition)))).data;
  if (!error) return clipped(condition, maxChars);
  return clipped([`${error.code} ${error.message}`, error.hint].filter(Boolean).join('; '), maxChars);
}
