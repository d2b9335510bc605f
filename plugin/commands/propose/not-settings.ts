import { posix } from 'node:path';
import { parseData } from '../../lib/data/yaml11-reader.ts';
import type { PluginError } from '../../lib/errors.ts';
import { asObject } from '../../lib/json.ts';
import type { ProposeFlags } from '../flags/propose-flags.ts';
import { expected, usage } from '../flags/usage.ts';
import type { PipelineResult } from '../pipeline/build-result.ts';

/**
 * Fails with USAGE for a file that the settings of the run are read from, or would be once it exists: the proposal would
 * overwrite it. A relative --path is compared as in a pipeline, which runs in a checkout of the repository.
 */
export function assertNotOwnSettings(
  { settings, customizations }: PipelineResult,
  { file, settings: folder, path }: Pick<ProposeFlags, 'file' | 'settings' | 'path'>,
): void {
  const { files, patches } = settings.spec.overrides;
  const { overrides, patches: patchFiles } = customizations;
  const names =
    folder === undefined
      ? [settings, ...overrides, ...patchFiles].flatMap((one) => one.file?.name ?? [])
      : ['toolset.yaml', ...files, ...patches];
  if (names.some((name) => posix.join(folder ?? path, name) === file)) throw isSettings(file);
}

/** Fails with USAGE for the text of a toolset.yaml, whatever its name. */
export function assertNotSettings(file: string, text: string | null): void {
  if (text?.includes('ToolsetConfig') && asObject(parseData(text)).kind === 'ToolsetConfig') throw isSettings(file);
}

function isSettings(file: string): PluginError {
  return usage.invalid('--file', file, expected.noSettings);
}
