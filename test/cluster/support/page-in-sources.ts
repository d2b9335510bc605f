import { registerHooks } from 'node:module';
import { pageAssets } from '../../../build-page.ts';

/** For `node --import`: the module that the bundle fills with the page gets it here as well. */
const source = `export const assets = ${JSON.stringify(await pageAssets())};`;

registerHooks({
  load: (url, context, nextLoad) =>
    url.endsWith('/plugin/serve/page/assets.ts')
      ? { format: 'module', source, shortCircuit: true }
      : nextLoad(url, context),
});
