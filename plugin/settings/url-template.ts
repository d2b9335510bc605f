/** Placeholders allowed as `${…}` in a URL template. */
export const urlPlaceholders = ['scheme', 'host', 'port', 'path', 'namespace', 'name', 'cluster'] as const;
export type UrlPlaceholder = (typeof urlPlaceholders)[number];

/** Fills in a URL template; unknown placeholders stay. */
export function expandUrl(template: string, values: Readonly<Record<UrlPlaceholder, string>>): string {
  return template.replace(/\$\{(\w+)\}/g, (all, key: string) => {
    const known = urlPlaceholders.find((one) => one === key);
    return known === undefined ? all : values[known];
  });
}

const sample = { scheme: 'https', host: 'h', port: '1', path: '/p', namespace: 'ns', name: 'n', cluster: 'c' };

/** The problem of a template, for use after `expected that`; `null` if it is valid. */
export function urlTemplateProblem(template: string): string | null {
  const url = URL.parse(expandUrl(template, sample));
  if (!/^(?:https?|\$\{scheme\}):\/\//.test(template)) return 'it begins with http://, https:// or ${scheme}://';
  const unknown = [...template.matchAll(/\$\{(\w*)\}/g)].find(([, key]) => !urlPlaceholders.some((one) => one === key));
  if (unknown) return `${unknown[0]} is one of ${urlPlaceholders.map((one) => `\${${one}}`).join(', ')}`;
  if (!url || /[\s{}\\]/.test(expandUrl(template, sample))) return 'it is a URL';
  if (url.username !== '' || url.password !== '' || /[?#]/.test(template)) return 'it has no user, query or fragment';
  // Otherwise several Services would have the same URL.
  const isOwn = template.includes('${host}') || ['${namespace}', '${name}'].every((one) => template.includes(one));
  return isOwn ? null : 'it has ${namespace} and ${name}, or ${host}';
}
