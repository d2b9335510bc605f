import * as z from 'zod';

const maxChars = 600;

const Own = z.object({ code: z.string(), message: z.string(), hint: z.string().default('') });

/** What the plugin said in a condition of Argo CD, without what Argo CD puts around it; the beginning of any other text. */
export function extractPluginError(condition: string): string {
  const start = condition.indexOf('{"level":"error"');
  const own = start === -1 ? undefined : parse(condition.slice(start));
  const text = own ? `${own.code} ${own.message}; ${own.hint}` : condition;
  return text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
}

/** The first line: nothing of ours has a second one. */
function parse(text: string): z.infer<typeof Own> | undefined {
  try {
    return Own.safeParse(JSON.parse(text.split('\n')[0] ?? '')).data;
  } catch {
    return undefined;
  }
}
