import { fstat } from 'node:fs';
import { realpath, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { PluginError } from '../lib/errors.ts';
import { keyOf } from '../lib/object-key.ts';
import { openFolder } from '../settings/file.ts';
import { adoptEdits } from '../customizations/adopt/adopt.ts';
import { warning } from '../lib/diagnostic.ts';
import type { Flags } from './flags/flags.ts';
import { usage } from './flags/usage.ts';
import type { CommandOutput } from './command.ts';
import { assertSmall } from './git-readers.ts';
import { runPipeline } from './pipeline.ts';
import { assertWhole } from './snapshot/config-map.ts';

/**
 * Prints the file of overrides with which `generate` gives what the live ConfigMap says, or writes it. Of several
 * files it is the last one. Comments and order of the file stay; what an override cannot say is a warning.
 */
export async function adopt(flags: Flags): Promise<CommandOutput> {
  const folder = await openFolder(flags.path);
  const result = await runPipeline(flags);
  const { spec } = result.settings;
  const name = spec.overrides.files.at(-1) ?? 'overrides.yaml';
  const file = result.customizations.overrides.find((one) => one.file.name === name)?.file;
  if (!flags.write) await assertNotItself(join(folder, name));

  const { configMap } = spec.target;
  const live = result.discovery.live;
  const where = keyOf(configMap);
  if (!live) throw unreadable(`the ConfigMap ${where} is not in the cluster`, 'there is no edit to adopt');
  assertWhole(live, where);
  assertSmall(live.data, flags);
  const desired = result.consumer.read(live.data, configMap.key);
  if (!desired)
    throw unreadable(
      `the data of the ConfigMap ${where} is no toolset file`,
      'see spec.target, and that its YAML is valid and has no more than 50,000 values',
    );

  const { text, inexpressible } = adoptEdits(result, desired, file?.text ?? '');
  const warnings = inexpressible.map((message) => warning('EDIT_INEXPRESSIBLE', message));
  const findsSomething = warnings.length > 0;
  if (!flags.write) return { text, warnings, findsSomething };
  const path = await realpath(join(folder, name)).catch(() => join(folder, name));
  if (isDeepStrictEqual(file?.text ?? '', text))
    return { text: `${name} is already up to date\n`, warnings, findsSomething };
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
  return { text: `${name} written; see git diff\n`, warnings, findsSomething };
}

/** `adopt > overrides.yaml` empties the file before it is read: comments and order would be lost. */
async function assertNotItself(path: string): Promise<void> {
  const [out, file] = await Promise.all([promisify(fstat)(1).catch(() => null), stat(path).catch(() => null)]);
  if (!out || file?.ino !== out.ino || file.dev !== out.dev) return;
  throw usage.stdoutIsOverrides();
}

function unreadable(message: string, hint: string): PluginError {
  return new PluginError('LIVE_UNREADABLE', message, { hint });
}
