import type { Data, Path } from '../../lib/json.ts';
import type { FileDiagnostic } from '../../lib/diagnostic.ts';
import type { ApplyLog } from '../findings.ts';
import { report, reportDidYouMean, reportShadowed, unusedFinding } from '../findings.ts';
import { pathOf, valueAt } from '../../lib/data/json-pointer.ts';
import type * as patchingModule from './patches.ts';
import type { PatchBudget, PatchFile, PatchStep } from './patches.ts';
import type { Draft } from './draft.ts';
import type { ToolsetFile } from '../../consumers/consumer.ts';
import { fileOf } from '../../consumers/consumer.ts';
import type { Origin } from '../provenance.ts';

/** Inputs for applying patches. */
export interface PatchInputs {
  readonly module: typeof patchingModule;
  readonly budget: PatchBudget;
  /** Whether an entry has, or could have, only untrusted backends. */
  readonly isUntrusted: (name: string) => boolean;
}

/** Applies one file of patches, and records the effect. */
export function patchLayer(
  file: ToolsetFile,
  layer: PatchFile,
  { module, budget, isUntrusted }: PatchInputs,
  log: ApplyLog,
): ToolsetFile {
  const draftsOf = (entries: ToolsetFile['toolsets']): Map<string, Draft> =>
    new Map(Object.entries(entries).map(([name, entry]) => [name, new module.Draft(entry, budget.spend)]));
  const drafts = { toolsets: draftsOf(file.toolsets), mcp_servers: draftsOf(file.mcp_servers) };
  for (const [index, { target, optional }] of layer.patches.entries()) {
    const { section, pattern } = module.parseTarget(target);
    const names = module.matchingNames(pattern, drafts[section], budget);
    const source = (path: Path): Origin => ({ kind: 'patch', file: layer.file, path: [index, ...path] });
    if (names.length === 0 && !optional) {
      const hint = reportDidYouMean(target, module.targetNames(drafts), log);
      report(log, () =>
        unusedFinding(source(['target']), `patches ${JSON.stringify(target)}, which is not there`, hint),
      );
    }
    for (const name of names) {
      const draft = drafts[section].get(name);
      if (!draft) continue;
      const isTolerant = optional || isUntrusted(name);
      const onStep = (step: PatchStep): void => {
        recordStep(step, [section, name], source(['patch', step.index]), log);
      };
      const isApplied = module.applyPatch(layer, index, { name, draft, isTolerant }, { budget, onStep });
      if (!isApplied && !optional) report(log, () => skippedFinding(name, source(['target'])));
      if (draft.value === undefined) drafts[section].delete(name);
    }
  }
  return fileOf((section) =>
    Object.fromEntries([...drafts[section]].map(([name, { value }]): [string, Data] => [name, value ?? null])),
  );
}

function skippedFinding(name: string, source: Origin): FileDiagnostic {
  const message = `does not apply to ${JSON.stringify(name)}, and is skipped: none of its backends is trusted`;
  return unusedFinding(source, message, 'name their namespaces in spec.trust.namespaces, or set optional: true');
}

function recordStep({ operation, changed, after }: PatchStep, entry: Path, source: Origin, log: ApplyLog): void {
  if (operation.op === 'test') return;
  if (changed.length === 0) report(log, () => unusedFinding(source, 'changes nothing: this is there already'));
  const target = pathOf(operation.path);
  for (const path of changed) {
    // Otherwise the change is in the list around the target, whose length changed.
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
