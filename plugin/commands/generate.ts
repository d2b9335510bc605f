import { renderConfigMap } from '../customizations/config-map.ts';
import type { Flags } from './flags/flags.ts';
import { runPipeline } from './pipeline.ts';
import type { CommandOutput } from './command.ts';

/** The manifest that Argo CD applies. */
export async function generate(flags: Flags): Promise<CommandOutput> {
  const result = await runPipeline(flags);
  return { text: renderConfigMap(result), warnings: result.warnings };
}
