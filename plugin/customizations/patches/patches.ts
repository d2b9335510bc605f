import { diagnosticsError } from '../../lib/errors.ts';
import type { PluginError } from '../../lib/errors.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import type { Data, Path } from '../../lib/json.ts';
import { partsOf } from '../../lib/json.ts';
import type { YamlFile } from '../../settings/yaml/parse.ts';
import { problemsIn } from '../../settings/yaml/zod-errors.ts';
import type { Operation, Result } from './json-patch.ts';
import { applyOperation } from './json-patch.ts';
import { pathOf, valueAt } from '../../lib/data/json-pointer.ts';
import { Draft } from './draft.ts';
import { otherForms } from './other-forms.ts';
import { Patches } from './patches-schema.ts';
import type { Section } from '../../consumers/consumer.ts';

export { Draft };

/** A file of patches. */
export interface PatchFile {
  readonly file: YamlFile;
  readonly patches: Patches;
}

/** Effect of one operation on one entry: paths to the changes, and the new entry. */
export interface PatchStep {
  readonly operation: Operation;
  readonly index: number;
  readonly changed: readonly Path[];
  /** `undefined` where the operation removed the whole entry. */
  readonly after: Data | undefined;
}

/** An entry that a patch targets. */
export interface PatchedEntry {
  readonly name: string;
  readonly draft: Draft;
  /** Whether a patch that does not apply to it is skipped. */
  readonly isTolerant: boolean;
}

const prefix = 'mcp_servers/';

/** Characters that an operation counts for besides its value. */
const operationSize = 40;

/** Several times the size of a ConfigMap. */
const maxPatched = 4 * 1024 * 1024;

/**
 * Limit for the work of all patches in a run, in characters: globs, copies of copies and lists of lists turn
 * very little input into very much output.
 */
export class PatchBudget {
  #left = maxPatched;

  readonly spend = (characters: number): void => {
    this.#left -= characters;
  };

  get isSpent(): boolean {
    return this.#left < 0;
  }
}

/** Checks `patches.yaml` against its schema; reports all mistakes in one error. An empty file has no patches. */
export function parsePatches(file: YamlFile): PatchFile {
  const { problems, rest } = otherForms(file);
  const parsed = Patches.safeParse(rest, { reportInput: true });
  if (parsed.success && problems.length === 0) return { file, patches: parsed.data };
  throw diagnosticsError(
    'PATCHES_INVALID',
    [...problems, ...(parsed.error ? problemsIn(parsed.error, Patches, file.locate) : [])],
    `${file.name} is a list of {target: NAME, patch: [{op: …, path: …}]}, as docs/overrides.md shows`,
  );
}

/** The section of a target, and the name or glob of its entries there. */
export function parseTarget(target: string): { readonly section: Section; readonly pattern: string } {
  return target.startsWith(prefix)
    ? { section: 'mcp_servers', pattern: target.slice(prefix.length) }
    : { section: 'toolsets', pattern: target };
}

/** The names that a target matches, in order. */
export function matchingNames(
  pattern: string,
  entries: ReadonlyMap<string, unknown>,
  { spend }: PatchBudget,
): string[] {
  if (!pattern.includes('*')) return entries.has(pattern) ? [pattern] : [];
  spend(entries.size * (1 + pattern.length / 16));
  return [...entries.keys()].filter((name) => matchesPattern(pattern, name)).sort();
}

/** Every possible target name. */
export function targetNames(entries: Readonly<Record<Section, ReadonlyMap<string, unknown>>>): string[] {
  return [...entries.toolsets.keys(), ...[...entries.mcp_servers.keys()].map((name) => `${prefix}${name}`)];
}

/**
 * Applies the operations of a patch to one entry and reports each one. Where a patch may fail, it is skipped unless it
 * applies as a whole; otherwise it throws PATCH_FAILED at the operation. Returns whether the patch was applied.
 */
export function applyPatch(
  { file, patches }: PatchFile,
  index: number,
  entry: PatchedEntry,
  { budget, onStep }: { readonly budget: PatchBudget; readonly onStep: (step: PatchStep) => void },
): boolean {
  const { patch = [] } = patches[index] ?? {};
  const run = (notify: (step: PatchStep) => void): Failure | null => {
    for (const [at, operation] of patch.entries()) {
      const changed = applyOne(operation, entry, budget);
      if (budget.isSpent) return { at, message: 'the patches write more than 4 MB in all', isFinal: true };
      if (typeof changed === 'string') return { at, message: changed, isFinal: false };
      notify({ operation, index: at, changed, after: entry.draft.value });
    }
    return null;
  };
  const trial = entry.isTolerant ? entry.draft.trial(() => run(() => undefined)) : null;
  if (trial !== null && !trial.isFinal) return false;
  const failure = trial ?? run(onStep);
  if (failure !== null) throw failed(file, index, failure);
  return true;
}

interface Failure {
  readonly at: number;
  readonly message: string;
  /** Whether the failure counts even for an entry that tolerates failing patches. */
  readonly isFinal: boolean;
}

function applyOne(operation: Operation, { name, draft }: PatchedEntry, { spend }: PatchBudget): Result {
  const { value: before } = draft;
  if (before === undefined) return `${titleOf(operation)} comes after ${name} was removed`;
  spend(sizeOf(operation, before));
  const result = applyOperation(draft, operation);
  return typeof result === 'string' ? `${titleOf(operation)} of ${name} fails: ${result}` : result;
}

function sizeOf(operation: Operation, before: Data): number {
  if (operation.op === 'remove' || operation.op === 'move') return operationSize;
  const value = operation.op === 'copy' ? valueAt(before, pathOf(operation.from)) : operation.value;
  return value === undefined ? operationSize : sizeOfValue(value);
}

/** A value with many small parts takes more memory than its text. */
function sizeOfValue(value: Data): number {
  if (typeof value === 'string') return operationSize + value.length;
  if (typeof value !== 'object' || value === null) return operationSize;
  return partsOf(value).reduce((sum, [key, one]) => sum + String(key).length + sizeOfValue(one), operationSize);
}

function titleOf(operation: Operation): string {
  const { op, path } = operation;
  const shown = path === '' ? 'the whole' : path;
  return 'from' in operation ? `${op} ${operation.from || 'the whole'} to ${shown}` : `${op} ${shown}`;
}

function failed(file: YamlFile, index: number, { at, message }: Failure): PluginError {
  return diagnosticsError(
    'PATCH_FAILED',
    [{ location: file.locate([index, 'patch', at]), message }],
    'take the patch out to see what is there with dynamic-toolset explain --toolset NAME, or set optional: true on it',
  );
}
