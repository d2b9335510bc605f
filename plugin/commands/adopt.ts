import { fstat } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { PluginError, reasonOf } from '../lib/errors.ts';
import { keyOf } from '../lib/object-key.ts';
import { replaceFile } from '../lib/temporary-files.ts';
import { openFolder } from '../settings/file.ts';
import { adoptEdits } from '../customizations/adopt/adopt.ts';
import { readLive } from '../customizations/adopt/read-live.ts';
import type { Consumer, ToolsetFile } from '../consumers/consumer.ts';
import { warning } from '../lib/diagnostic.ts';
import { pointerTo } from '../lib/data/json-pointer.ts';
import type { DataMap } from '../lib/json.ts';
import { getOwn, isMap } from '../lib/json.ts';
import { parseData } from '../lib/data/yaml11-reader.ts';
import type { DiscoveryFlags, FlagValues } from './flags/flags.ts';
import { usage } from './flags/usage.ts';
import type { CommandOutput } from './command.ts';
import { assertSmall } from './git-readers.ts';
import { asSeenFromHere } from './clusters/outside.ts';
import { runPipeline } from './pipeline/pipeline.ts';
import { assertWhole } from './snapshot/config-map.ts';

/**
 * Prints, or writes, the overrides file with which `generate` reproduces the live ConfigMap. If there are several
 * files, it is the last one. Comments and order of the file are kept; whatever an override cannot express is a warning.
 */
export async function adopt(flags: DiscoveryFlags & FlagValues<'write' | 'keep-discovered'>): Promise<CommandOutput> {
  const folder = await openFolder(flags.path);
  const result = await runPipeline(await asSeenFromHere(flags));
  const { spec } = result.settings;
  const name = spec.overrides.files.at(-1) ?? 'overrides.yaml';
  const file = result.customizations.overrides.find((one) => one.file.name === name)?.file;
  if (!flags.write) await assertNotItself(join(folder, name));

  const { configMap } = spec.target;
  const live = result.discovery.live;
  const where = keyOf(configMap);
  if (!live)
    throw unreadable(
      `the ConfigMap ${where} is not in the cluster`,
      'sync its Application first, or check spec.target.configMap and which cluster is read',
    );
  assertWhole(live, where);
  assertSmall(live.data, flags);
  const desired = readLive(live.data, configMap.key, result.consumer, where);

  const { keepDiscovered } = flags;
  const { text, inexpressible, replaced } = adoptEdits(result, desired, file?.text ?? '', {
    keepDiscovered,
    liveText: getOwn(live.data, configMap.key) ?? '',
  });
  const { title } = result.consumer;
  const warnings = [
    ...replaced.map(({ path, variable, scheme }) =>
      warning(
        'SECRET_REPLACED',
        `${pointerTo(path)} of the live ConfigMap looks like a secret, and is not written into Git: give ${title} the variable ${variable} with ${scheme === null ? 'it' : `what follows "${scheme}"`}`,
      ),
    ),
    ...[...inexpressible, ...leftOut(live.data, desired, configMap.key, result.consumer)].map((message) =>
      warning('EDIT_INEXPRESSIBLE', message),
    ),
  ];
  const findsSomething = warnings.length > 0;
  if (!flags.write) return { text, warnings, findsSomething };
  const path = await realpath(join(folder, name)).catch(() => join(folder, name));
  if ((file?.text ?? '') === text) return { text: `${name} is already up to date\n`, warnings, findsSomething };
  await replaceFile(path, text).catch((cause: unknown) => {
    throw unwritable(name, cause);
  });
  return { text: `${name} written; see git diff\n`, warnings, findsSomething };
}

function unwritable(name: string, cause: unknown): PluginError {
  return new PluginError('OUTPUT_UNWRITABLE', `${name} cannot be written: ${reasonOf(cause)}`, {
    hint: 'let this account write the file and its folder, or use what adopt prints without --write',
    cause,
  });
}

/**
 * Parts of the live ConfigMap that an override cannot express: keys other than the generated one, and items without a
 * name.
 */
function leftOut(live: Readonly<Record<string, string>>, read: ToolsetFile, key: string, consumer: Consumer): string[] {
  const printed = consumer.data(read, key, '');
  const others = Object.keys(live).filter((one) => !Object.hasOwn(printed, one));
  const [file, generated] = [live, printed].map((data) => mapIn(getOwn(data, key))) as [DataMap, DataMap];
  const isSection = (one: string): boolean =>
    consumer.sections !== 'top' && consumer.sections.some((name) => name === one);
  const keys = Object.keys(file).filter((one) => !isSection(one));
  const unknown = keys.filter((one) => !Object.hasOwn(generated, one));
  const holder = consumer.sections === 'top' ? 'holds no toolsets' : `is neither of ${consumer.sections.join(' and ')}`;
  const entries = Object.keys(read.toolsets).length;
  return [
    ...unknown.map((one) => `the key ${JSON.stringify(one)} of the live file ${holder}: left out`),
    ...keys.flatMap((one) => {
      const items = getOwn(file, one);
      if (consumer.sections !== 'top' || !Array.isArray(items) || items.length <= entries) return [];
      const left = `${String(items.length - entries)} of ${String(items.length)} items`;
      return [`${left} of ${JSON.stringify(one)} of the live file have no name, or that of a later one: left out`];
    }),
    ...(consumer.sections === 'top' ? [] : keys)
      .filter((one) => Object.hasOwn(generated, one) && !isDeepStrictEqual(getOwn(file, one), getOwn(generated, one)))
      .map((one) => `the key ${JSON.stringify(one)} of the live file comes from the settings: left out`),
    ...others.map((one) => `${JSON.stringify(one)} of the live ConfigMap is not the toolset file: left out`),
  ];
}

function mapIn(text: string | undefined): DataMap {
  const data = text === undefined ? undefined : parseData(text);
  return isMap(data) ? data : {};
}

/** `adopt > overrides.yaml` empties the file before it is read: its comments and order would be lost. */
async function assertNotItself(path: string): Promise<void> {
  const [out, file] = await Promise.all([promisify(fstat)(1).catch(() => null), stat(path).catch(() => null)]);
  if (!out || file?.ino !== out.ino || file.dev !== out.dev) return;
  throw usage.stdoutIsOverrides();
}

function unreadable(message: string, hint: string): PluginError {
  return new PluginError('LIVE_UNREADABLE', message, { hint });
}
