/** The style sheet of the extension; empty in the sources: build-page.ts bundles it and replaces this module. */
export const styles = '';
