/** A file of the page, as it is sent. */
export interface Asset {
  readonly path: string;
  readonly mediaType: string;
  readonly text: string;
}

/** The page is bundled apart, for browsers: build-page.ts puts it here. In the sources there is none. */
export const assets: readonly Asset[] = [];
