import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import type { FileDiagnostic } from '../../lib/diagnostic.ts';
import type { ApplyLog } from '../findings.ts';
import { report, reportDidYouMean, reportShadowed, unusedFinding } from '../findings.ts';
import type { Consumer, Section, ToolsetFile } from '../../consumers/consumer.ts';
import { fileOf } from '../../consumers/consumer.ts';
import type { MergeListener } from '../../lib/data/merge-patch.ts';
import { merge } from '../../lib/data/merge-patch.ts';
import type { Overrides } from './overrides.ts';
import { differences, valueAt } from '../../lib/data/json-pointer.ts';
import { isCredential } from '../../secrets/key-names.ts';
import type { Origin } from '../provenance.ts';

/** Merges one file of overrides, and records the effect. */
export function mergeLayer(file: ToolsetFile, layer: Overrides, consumer: Consumer, log: ApplyLog): ToolsetFile {
  return fileOf((section) => mergeSection({ file, layer, section, consumer, log }));
}

interface Merge {
  readonly file: ToolsetFile;
  readonly layer: Overrides;
  readonly section: Section;
  readonly consumer: Consumer;
  readonly log: ApplyLog;
}

function mergeSection(merging: Merge): DataMap {
  const { file, layer, section, consumer, log } = merging;
  const patch = layer.sections[section] ?? {};
  const entries = Object.entries(file[section]).map(([name, entry]): [string, Data] => {
    const kept = consumer.withoutDisplaced(name, entry, getOwn(patch, name));
    const source = sourceOf(merging, [name]);
    for (const path of differences(entry, kept))
      reportShadowed(log.provenance.erase([section, name, ...path], source), source, log);
    return [name, kept];
  });
  return merge(Object.fromEntries(entries), patch, observerOf(merging)) as DataMap;
}

function sourceOf({ layer, section }: Merge, [name = '', ...rest]: readonly string[]): Origin {
  return { kind: 'override', file: layer.file, path: [...layer.pathOf(section, name), ...rest] };
}

function observerOf(merging: Merge): MergeListener {
  const { section, log } = merging;
  return {
    wrote: (path, value) => {
      const source = sourceOf(merging, path);
      reportShadowed(log.provenance.write([section, ...path], value, source), source, log);
    },
    repeated: (path) => {
      if (path.length > 0) report(log, () => repeatedFinding(merging, path));
    },
    removed: (path, found) => {
      const source = sourceOf(merging, path);
      if (found) reportShadowed(log.provenance.erase([section, ...path], source), source, log);
      else report(log, () => absentFinding(merging, path));
    },
  };
}

/**
 * People often write `enabled` beside other settings, and it would be missing if nothing were discovered. A URL tells
 * which endpoint the credentials beside it are for.
 */
function repeatedFinding(merging: Merge, path: readonly string[]): FileDiagnostic {
  const { layer, section } = merging;
  const [name = '', key] = path;
  const entry = getOwn(layer.sections[section], name);
  const isHabit = path.length === 2 && key === 'enabled' && isMap(entry) && Object.keys(entry).length > 1;
  const source = sourceOf(merging, path);
  if (isUrl(valueAt(entry, path.slice(1))) && isCredential('', entry ?? null))
    return {
      ...unusedFinding(source, 'changes nothing but trust: this is there already', keepEndpoint),
      severity: 'note',
    };
  const finding = unusedFinding(source, 'changes nothing: this is there already');
  return isHabit ? { ...finding, severity: 'note' } : finding;
}

function isUrl(value: Data | undefined): boolean {
  return typeof value === 'string' && /^https?:\/\//.test(value);
}

const keepEndpoint = 'keep it, for the credential beside it only goes to an endpoint that Git names';

function absentFinding(merging: Merge, path: readonly string[]): FileDiagnostic {
  const { file, section, consumer, log } = merging;
  const [name = '', ...inner] = path;
  const source = sourceOf(merging, path);
  const message = 'removes what is not there';
  if (inner.length > 0) return unusedFinding(source, message);
  if (consumer.isOnByDefault(section, name))
    return unusedFinding(source, `${message}: ${consumer.title} has it without being told`, 'write {enabled: false}');
  return unusedFinding(source, message, reportDidYouMean(name, Object.keys(file[section]), log));
}
