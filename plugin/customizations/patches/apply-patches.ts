import type { DataMap } from '../../lib/json.ts';
import type { ApplyLog } from '../findings.ts';
import { reportDidYouMean, reportShadowed, unusedFinding } from '../findings.ts';
import type { Path } from '../../lib/json-pointer.ts';
import { differences, pathOf, valueAt } from '../../lib/json-pointer.ts';
import type { applyPatch, PatchBudget, PatchFile, PatchStep, targetNames, targetsOf } from './patches.ts';
import type { ToolsetFile } from '../../consumers/consumer.ts';
import type { Origin } from '../provenance.ts';

/** What patches are applied with. */
export interface Patching {
  readonly applyPatch: typeof applyPatch;
  readonly targetsOf: typeof targetsOf;
  readonly targetNames: typeof targetNames;
  readonly allowance: PatchBudget;
}

/** Applies one file of patches, and notes what it did. */
export function patchLayer(file: ToolsetFile, layer: PatchFile, patching: Patching, log: ApplyLog): ToolsetFile {
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
    const source = (path: Path): Origin => ({ kind: 'patch', file: layer.file, path: [index, ...path] });
    if (targets.length === 0 && !optional) {
      const hint = reportDidYouMean(target, patching.targetNames(now()), log);
      log.findings.push(
        unusedFinding(source(['target']), `patches ${JSON.stringify(target)}, which is not there`, hint),
      );
    }
    for (const { section, name } of targets) {
      const entry = sections[section].get(name) as DataMap;
      const steps = patching.applyPatch(layer, index, { name, entry }, patching.allowance);
      for (const step of steps ?? []) recordStep(step, [section, name], source(['patch', step.index]), log);
      const last = steps?.at(-1);
      if (last && last.after === undefined) sections[section].delete(name);
      else if (last?.after !== undefined) sections[section].set(name, last.after);
    }
  }
  return now();
}

function recordStep({ operation, before, after }: PatchStep, entry: Path, source: Origin, log: ApplyLog): void {
  if (operation.op === 'test') return;
  const changed = differences(before, after, 'items');
  if (changed.length === 0) log.findings.push(unusedFinding(source, 'changes nothing: this stands there already'));
  const target = pathOf(operation.path);
  for (const path of changed) {
    // Else it is the list around the target, which has become longer or shorter.
    const isReplaced = target.every((step, index) => index < path.length && String(path[index]) === step);
    const value = valueAt(after, path);
    const written = isReplaced && 'value' in operation ? ['value', ...path.slice(target.length)] : [];
    const whole = [...entry, ...path];
    const lost =
      value === undefined
        ? log.provenance.erase(whole, source)
        : log.provenance.write(whole, value, { ...source, path: [...source.path, ...written] });
    if (isReplaced && after !== undefined) reportShadowed(lost, source, log);
  }
}
