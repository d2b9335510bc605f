import packageJson from '../../../package.json' with { type: 'json' };

/** URL of this version's docs. `page` is a file in docs/, optionally with a heading: `errors.md#usage`. */
export function docsUrl(page: string): string {
  return `${packageJson.homepage}/blob/main/docs/${page}`;
}

/** URL of the heading in docs/errors.md for an error or warning. */
export function codeUrl(code: string): string {
  return docsUrl(`errors.md#${code.toLowerCase()}`);
}
