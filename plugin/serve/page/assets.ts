/** A file of the page. */
export interface Asset {
  readonly path: string;
  readonly mediaType: string;
  readonly text: string;
}

/** Empty in the sources: build-page.ts bundles the page for browsers and replaces this module. */
export const assets: readonly Asset[] = [];
