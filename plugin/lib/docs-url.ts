import packageJson from '../../package.json' with { type: 'json' };

/** Where the docs of this version are read. `page` is a file in docs/, with a heading: `errors.md#usage`. */
export function docsUrl(page: string): string {
  return `${packageJson.homepage}/blob/main/docs/${page}`;
}

/** The heading of docs/errors.md about an error or warning. */
export function codeUrl(code: string): string {
  return docsUrl(`errors.md#${code.toLowerCase()}`);
}
