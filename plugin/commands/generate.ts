import { renderConfigMap } from '../toolsets/config-map.ts';
import type { Flags } from './flags.ts';
import { runPipeline } from './pipeline.ts';

/** The manifest that Argo CD applies. */
export async function generate(flags: Flags): Promise<string> {
  const { settings, discovery, generated, final } = await runPipeline(flags);
  return renderConfigMap({ settings, admitted: discovery.admitted, generated, final });
}
