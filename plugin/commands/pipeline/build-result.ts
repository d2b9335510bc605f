import type { CredentialPolicy, Generated, ToolsetFile, Unusable } from '../../consumers/consumer.ts';
import type { Basis } from '../../customizations/basis/basis.ts';
import { basisOf, trustedPartOf } from '../../customizations/basis/basis.ts';
import type { CustomizedBackends } from '../../customizations/basis/customize.ts';
import { customize } from '../../customizations/basis/customize.ts';
import type { BudgetResult } from '../../customizations/budget.ts';
import { withinBudget } from '../../customizations/budget.ts';
import { assertPrintable } from '../../customizations/config-map.ts';
import { assertNoConflicts, conflictsOf } from '../../customizations/conflicts.ts';
import { withholdCredentials } from '../../customizations/credentials/withhold-credentials.ts';
import type { Provenance } from '../../customizations/provenance.ts';
import type { Discovery } from '../../discovery/discover.ts';
import type { Diagnostic, FileDiagnostic } from '../../lib/diagnostic.ts';
import { credentialFindings } from '../../validate/settings.ts';
import type { GitInputs } from './git-inputs.ts';

/** From Git and a cluster to toolsets: what `generate` prints and `explain` explains. */
export interface PipelineResult extends GitInputs {
  readonly discovery: Omit<Discovery, 'referenceTargets'>;
  readonly access: CredentialPolicy;
  readonly generated: Generated;
  readonly basis: Basis;
  readonly final: ToolsetFile;
  readonly provenance: Provenance;
  /** Backends that cannot be used, whatever Git changes. */
  readonly unusable: readonly Unusable[];
  /** Discovered toolsets that are not in `final` because they exceed the settings' budget. */
  readonly leftOut: BudgetResult['leftOut'];
  /** Diagnostics about lines in Git, including notes. */
  readonly findings: readonly FileDiagnostic[];
  readonly warnings: readonly Diagnostic[];
  /** Harmless but worth knowing: settings that match nothing here. */
  readonly notes: readonly Diagnostic[];
}

/** Builds the toolsets for what was discovered, with Git's changes. */
export function buildResult(
  inputs: GitInputs,
  discovery: Omit<Discovery, 'referenceTargets'>,
  access: CredentialPolicy,
): PipelineResult {
  const { settings, consumer, customizations } = inputs;
  const { admitted } = discovery;
  const generated = consumer.generate(admitted, access);
  assertPrintable(generated.file);
  const { isTrusted } = access;
  const { trust, overrides } = settings.spec;
  const entryInputs = { customizations, consumer, access };
  const basis = basisOf(admitted, entryInputs, trust.namespaces.length > 0);
  const checked = (from: Basis): { readonly changed: CustomizedBackends; readonly findings: FileDiagnostic[] } => {
    const changed = customize(from, generated, entryInputs);
    return { changed, findings: [...changed.findings, ...conflictsOf(from, changed, consumer)] };
  };
  if (overrides.conflict === 'error') assertNoConflicts(checked(trustedPartOf(basis)).findings, overrides.conflict);
  const { changed, findings } = checked(basis);
  assertPrintable(changed.final);
  const withheld = withholdCredentials(changed, { customizations, admitted, isTrusted, consumer });
  const { target } = settings.spec;
  const budgeted = withinBudget(withheld.file, { target, consumer, customizations, admitted });
  const all = [...credentialFindings(settings, consumer), ...findings];
  return {
    settings,
    consumer,
    customizations,
    discovery,
    access,
    generated,
    basis,
    final: budgeted.file,
    provenance: changed.provenance,
    unusable: changed.unusable,
    leftOut: budgeted.leftOut,
    findings: all,
    warnings: [
      ...discovery.warnings,
      ...changed.unusable,
      ...all.filter(({ severity }) => severity === 'warning'),
      ...withheld.warnings,
      ...budgeted.warnings,
    ],
    notes: [],
  };
}
