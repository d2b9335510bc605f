import { renderConfigMap } from '../toolsets/config-map.ts';
import type { Flags } from './flags.ts';
import { runPipeline } from './pipeline.ts';
import type { Output } from './output.ts';

/** The manifest that Argo CD applies. */
export async function generate(flags: Flags): Promise<Output> {
  const { settings, discovery, generated, final, warnings } = await runPipeline(flags);
  return { text: renderConfigMap({ settings, admitted: discovery.admitted, generated, final }), warnings };
}
