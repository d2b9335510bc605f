import { renderYaml } from '../../lib/data/yaml-writer.ts';
import type { Spec } from '../../settings/schema/index.ts';
import type { Consumer } from '../consumer.ts';
import { toFileData } from '../holmesgpt/file-format.ts';

/**
 * The SDK ConfigMap of Kubernaut 1.0 to 1.2, whose agent was HolmesGPT: HolmesGPT's file, plus the settings of the
 * model, without which the agent does not start. The page "HolmesGPT SDK Config" of
 * https://github.com/jordigilh/kubernaut-docs documents its keys.
 */
export function kubernautSdk(holmesgpt: Consumer, { llm }: Spec['target']): Consumer {
  return {
    ...holmesgpt,
    title: `Kubernaut 1.0 to 1.2 (${holmesgpt.title})`,
    data: (final, key) => ({ [key]: renderYaml({ llm, ...toFileData(final) }) }),
  };
}
