import { isDeepStrictEqual } from 'node:util';
import type { Data, DataMap } from '../settings/data.ts';
import { at } from '../place.ts';
import type { Finding } from '../warning.ts';
import type { Consumer } from './consumer.ts';
import type { Observer } from './merge.ts';
import { merge } from './merge.ts';
import type { Overrides } from './overrides.ts';
import type { Path } from './paths.ts';
import { differences, pathOf, valueAt } from './paths.ts';
import type * as patchingModule from './patches.ts';
import type { Operation, PatchFile, PatchStep } from './patches.ts';
import type { ToolsetFile } from './toolset.ts';
import type { Source, Trace } from './trace.ts';
import { placeOf, startTrace } from './trace.ts';

/** Everything in Git that changes toolsets, in the order in which it is applied: all overrides, then all patches. */
export interface Changes {
  readonly overrides: readonly Overrides[];
  readonly patches: readonly PatchFile[];
  /** `applyPatch` and `targetsOf`, loaded with the first patch there is. */
  readonly patching: typeof patchingModule | null;
}

/** Toolsets with Git's changes, who changed what, and which changes came to nothing. */
export interface Changed {
  readonly final: ToolsetFile;
  readonly trace: Trace;
  readonly findings: readonly Finding[];
}

/** Applies the changes. Git always wins over what was generated, and what comes later over what comes before. */
export function applyChanges(generated: ToolsetFile, changes: Changes, consumer: Consumer): Changed {
  const trace = startTrace();
  const findings: Finding[] = [];
  const log: Log = { trace, findings };
  const merged = changes.overrides.reduce((file, layer) => mergeLayer(file, layer, consumer, log), generated);
  const final = changes.patches.reduce((file, layer) => patchLayer(file, layer, changes.patching, log), merged);
  return { final, trace, findings };
}

interface Log {
  readonly trace: Trace;
  readonly findings: Finding[];
}

function mergeLayer(file: ToolsetFile, layer: Overrides, consumer: Consumer, log: Log): ToolsetFile {
  const merged = (section: keyof ToolsetFile): DataMap => {
    const patch = layer.sections[section] ?? {};
    const entries = Object.entries(file[section]).map(([name, entry]): [string, Data] => {
      const kept = consumer.withoutDisplaced(name, entry, patch[name]);
      const source = sourceIn(layer, section, [name]);
      for (const path of differences(entry, kept)) log.trace.erase([section, name, ...path], source);
      return [name, kept];
    });
    return merge(Object.fromEntries(entries), patch, observerOf(layer, section, log)) as DataMap;
  };
  return { toolsets: merged('toolsets'), mcp_servers: merged('mcp_servers') };
}

function sourceIn(
  { file, pathOf }: Overrides,
  section: keyof ToolsetFile,
  [name = '', ...rest]: readonly string[],
): Source {
  return { kind: 'override', file, path: [...pathOf(section, name), ...rest] };
}

function observerOf(layer: Overrides, section: keyof ToolsetFile, log: Log): Observer {
  const sourceOf = (path: readonly string[]): Source => sourceIn(layer, section, path);
  return {
    wrote: (path, value) => {
      const source = sourceOf(path);
      shadowed(log.trace.write([section, ...path], value, source), source, log);
    },
    repeated: (path) => {
      if (path.length > 0) log.findings.push(unused(sourceOf(path), 'changes nothing: this stands there already'));
    },
    removed: (path, found) => {
      const source = sourceOf(path);
      if (found) shadowed(log.trace.erase([section, ...path], source), source, log);
      else log.findings.push(unused(source, 'removes what is not there'));
    },
  };
}

function patchLayer(file: ToolsetFile, layer: PatchFile, patching: Changes['patching'], log: Log): ToolsetFile {
  if (!patching) return file;
  const sections = {
    toolsets: new Map(Object.entries(file.toolsets)),
    mcp_servers: new Map(Object.entries(file.mcp_servers)),
  };
  const now = (): ToolsetFile => ({
    toolsets: Object.fromEntries(sections.toolsets),
    mcp_servers: Object.fromEntries(sections.mcp_servers),
  });
  for (const [index, { target, optional }] of layer.patches.entries()) {
    const targets = patching.targetsOf(target, now());
    const source = (path: Path): Source => ({ kind: 'patch', file: layer.file, path: [index, ...path] });
    if (targets.length === 0 && !optional)
      log.findings.push(unused(source(['target']), `patches ${JSON.stringify(target)}, which is not there`));
    for (const { section, name } of targets) {
      const steps = patching.applyPatch(layer, index, name, sections[section].get(name) as DataMap);
      for (const step of steps ?? []) record(step, [section, name], source(['patch', step.index]), log);
      const last = steps?.at(-1);
      if (last && last.after === undefined) sections[section].delete(name);
      else if (last?.after !== undefined) sections[section].set(name, last.after);
    }
  }
  return now();
}

function record({ operation, before, after }: PatchStep, entry: Path, source: Source, log: Log): void {
  if (operation.op === 'test') return;
  const lost = lostBy(operation, entry, after, log.trace);
  const changed = differences(before, after);
  if (changed.length === 0) log.findings.push(unused(source, 'changes nothing: this stands there already'));
  for (const path of changed) {
    const value = valueAt(after, path);
    const own =
      'value' in operation && isDeepStrictEqual(value, operation.value)
        ? { ...source, path: [...source.path, 'value'] }
        : source;
    if (value === undefined) log.trace.erase([...entry, ...path], source);
    else log.trace.write([...entry, ...path], value, own);
  }
  if (changed.length > 0) shadowed(lost, source, log);
}

/** What an operation puts itself in the place of: not what it moves aside in a list. */
function lostBy(operation: Operation, entry: Path, after: Data | undefined, trace: Trace): readonly Source[] {
  const path = [...entry, ...pathOf(operation.path)];
  if (operation.op === 'move' || operation.op === 'copy' || !trace.touches(path) || after === undefined) return [];
  const source = trace.sourceOf(path);
  return source ? [source] : [];
}

function unused(source: Source, message: string): Finding {
  return {
    code: 'OVERRIDE_UNUSED',
    severity: 'warning',
    place: placeOf(source),
    message,
    hint: 'remove it, or mend the name',
  };
}

/** One file of overrides over another is a base and its environment, and in order; a patch over an override is not. */
function shadowed(lost: readonly Source[], by: Source, { findings }: Log): void {
  for (const source of lost) {
    const isLayer = source.kind === 'override' && by.kind === 'override';
    findings.push({
      code: 'OVERRIDE_SHADOWED',
      severity: isLayer ? 'note' : 'warning',
      place: placeOf(source),
      message: `is replaced by ${at(placeOf(by))}`,
      hint: 'remove one of the two',
    });
  }
}
