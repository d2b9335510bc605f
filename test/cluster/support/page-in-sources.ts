import { registerHooks } from 'node:module';
import { pageAssets } from '../../../build-page.ts';

/** For `node --import`: fills the module that in the bundle contains the page. */
const source = `export const assets = ${JSON.stringify(await pageAssets())};`;

registerHooks({
  load: (url, context, nextLoad) =>
    url.endsWith('/plugin/serve/page/assets.ts')
      ? { format: 'module', source, shortCircuit: true }
      : nextLoad(url, context),
});
