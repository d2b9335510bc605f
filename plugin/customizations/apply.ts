import type * as patchingModule from './patches/patches.ts';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import type { ApplyLog } from './findings.ts';
import type { Consumer, ToolsetFile } from '../consumers/consumer.ts';
import { mergeLayer } from './overrides/apply-overrides.ts';
import type { Overrides } from './overrides/overrides.ts';
import { patchLayer } from './patches/apply-patches.ts';
import type { PatchFile } from './patches/patches.ts';
import { Provenance } from './provenance.ts';

/** Everything in Git that changes toolsets, in the order of application: all overrides, then all patches. */
export interface Customizations {
  readonly overrides: readonly Overrides[];
  readonly patches: readonly PatchFile[];
  /** The module that applies patches, loaded only if there are any. */
  readonly patching: typeof patchingModule | null;
}

/** Toolsets with Git's changes, the origin of each change, and the changes without effect. */
export interface CustomizedToolsets {
  readonly final: ToolsetFile;
  readonly provenance: Provenance;
  readonly findings: readonly FileDiagnostic[];
}

/**
 * Applies the changes. Git always wins over generated values, and later changes over earlier ones. A patch that does
 * not apply to an entry of untrusted backends is skipped: otherwise their authors could make generation fail.
 */
export function applyCustomizations(
  generated: ToolsetFile,
  customizations: Customizations,
  consumer: Consumer,
  isUntrusted: (name: string) => boolean = () => false,
): CustomizedToolsets {
  const log: ApplyLog = { provenance: new Provenance(), findings: [] };
  const merged = customizations.overrides.reduce((file, layer) => mergeLayer(file, layer, consumer, log), generated);
  const { patching, patches } = customizations;
  if (!patching) return { ...log, final: merged };
  const budget = new patching.PatchBudget();
  const applying = { module: patching, budget, isUntrusted };
  const final = patches.reduce((file, layer) => patchLayer(file, layer, applying, log), merged);
  return { ...log, final };
}
