import * as patching from '../../plugin/customizations/patches/patches.ts';
import { parseYamlFile } from '../../plugin/settings/yaml/parse.ts';
import type { Customizations, CustomizedToolsets } from '../../plugin/customizations/apply.ts';
import { applyCustomizations } from '../../plugin/customizations/apply.ts';
import type { Consumer, ToolsetFile } from '../../plugin/consumers/consumer.ts';
import { holmesgpt } from '../../plugin/consumers/holmesgpt/index.ts';
import { parseOverrides } from '../../plugin/customizations/overrides/overrides.ts';

export const holmesgpt045 = holmesgpt('0.45');

/** Files from Git by name; names that begin with `patches` are patches. Anything but text is written as JSON. */
export function changesOf(files: Readonly<Record<string, unknown>>, consumer: Consumer = holmesgpt045): Customizations {
  const parsed = Object.entries(files).map(([name, content]) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    return parseYamlFile({ name, text }, name.startsWith('patches') ? 'PATCHES_INVALID' : 'OVERRIDES_INVALID');
  });
  const isPatch = ({ name }: { readonly name: string }): boolean => name.startsWith('patches');
  return {
    overrides: parsed.filter((file) => !isPatch(file)).map((file) => parseOverrides(file, consumer)),
    patches: parsed.filter(isPatch).map((file) => patching.parsePatches(file)),
    patching,
  };
}

/** Applies the files from Git to toolsets. */
export function changed(
  generated: Partial<ToolsetFile>,
  files: Readonly<Record<string, unknown>>,
  consumer: Consumer = holmesgpt045,
): CustomizedToolsets {
  return applyCustomizations({ toolsets: {}, mcp_servers: {}, ...generated }, changesOf(files, consumer), consumer);
}
