import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { extensionFile, extensionScript } from '../../build-page.ts';

/** A file of the host page. */
export interface HostFile {
  readonly name: string;
  readonly mediaType: string;
  readonly text: string;
}

/** The component that a test looks at. */
export type Part = 'tab' | 'status' | 'flyout';

const html = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Argo CD</title><base href="/" /></head>
  <body>
    <main><h1>Argo CD</h1><div id="app"></div></main>
    <script src="host.js"></script>
    <script defer src="${extensionFile}"></script>
  </body>
</html>
`;

/**
 * The environment that Argo CD's UI gives an extension: React and its JSX runtime as globals, an API to register with,
 * a class for the theme, and no error boundary around the items of the status panel. StrictMode runs effects twice, and
 * reports problems.
 */
const script = `
import * as React from 'react';
import { createRoot } from 'react-dom/client';
import * as ReactJSXRuntime from 'react/jsx-runtime';
const registered = {};
Object.assign(window, {
  React, ReactJSXRuntime,
  extensionsAPI: {
    registerResourceExtension: (component, group, kind, title) => {
      registered.tab = component;
      registered.tabFor = [group, kind, title];
    },
    registerStatusPanelExtension: (component, title, id, flyout) => Object.assign(registered, { status: component, flyout }),
  },
  registered,
});
let root = null;
window.show = (part, props, theme) => {
  root ??= createRoot(document.getElementById('app'));
  const inner = React.createElement(registered[part], { ...props, openFlyout: () => window.show('flyout', props, theme) });
  const themed = React.createElement('div', { className: 'theme-' + theme }, inner);
  root.render(React.createElement(React.StrictMode, null, themed));
};
window.hide = () => root.render(null);
`;

/** The host page, React's development build, and the extension as shipped. */
export async function hostFiles(): Promise<readonly HostFile[]> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"development"' },
  });
  const host = outputFiles.map(({ text }) => text).join('');
  return [
    { name: 'host.html', mediaType: 'text/html', text: html },
    { name: 'host.js', mediaType: 'text/javascript', text: host },
    { name: extensionFile, mediaType: 'text/javascript', text: await extensionScript() },
  ];
}

/** Renders one of the registered components with these properties, as Argo CD's UI does. */
export async function show(page: Page, part: Part, props: object, theme: 'light' | 'dark' = 'light'): Promise<void> {
  await page.evaluate(`show(${JSON.stringify(part)}, ${JSON.stringify(props)}, ${JSON.stringify(theme)})`);
}

/** Complaints of the page from now on: thrown errors, and React's warnings. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // Some tests are about a failed request.
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  return complaints;
}
