import * as z from 'zod';

/** What may stand as `${…}` in a template of URLs. */
export const urlPlaceholders = ['scheme', 'host', 'port', 'path', 'namespace', 'name', 'cluster'] as const;
export type UrlPlaceholder = (typeof urlPlaceholders)[number];

/** Fills a template of URLs; unknown placeholders stay. */
export function expandUrl(template: string, values: Readonly<Record<UrlPlaceholder, string>>): string {
  return template.replace(/\$\{(\w+)\}/g, (all, key: string) => {
    const known = urlPlaceholders.find((one) => one === key);
    return known === undefined ? all : values[known];
  });
}

const sample = { scheme: 'https', host: 'h', port: '1', path: '/p', namespace: 'ns', name: 'n', cluster: 'c' };

function problemOf(template: string): string | null {
  const url = URL.parse(expandUrl(template, sample));
  if (!/^(?:https?|\$\{scheme\}):\/\//.test(template)) return 'it begins with http://, https:// or ${scheme}://';
  const unknown = [...template.matchAll(/\$\{(\w*)\}/g)].find(([, key]) => !urlPlaceholders.some((one) => one === key));
  if (unknown) return `${unknown[0]} is none of ${urlPlaceholders.map((one) => `\${${one}}`).join(', ')}`;
  if (!url || /[\s{}\\]/.test(expandUrl(template, sample))) return 'it is a URL';
  if (url.username !== '' || url.password !== '' || /[?#]/.test(template)) return 'it has no user, query or fragment';
  // Else several Services would have one URL.
  const isOwn = template.includes('${host}') || ['${namespace}', '${name}'].every((one) => template.includes(one));
  return isOwn ? null : 'it has ${namespace} and ${name}, or ${host}';
}

/** A template of the URLs by which the consumer reaches Services. */
export const UrlTemplate = z
  .string()
  .max(500)
  .superRefine((template, context) => {
    const problem = problemOf(template);
    if (problem !== null)
      context.addIssue({ code: 'custom', message: `invalid template of URLs: expected that ${problem}` });
  });
