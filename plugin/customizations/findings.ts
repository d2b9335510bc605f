import { formatLocation } from '../lib/diagnostic.ts';
import type { FileDiagnostic, SourceLocation } from '../lib/diagnostic.ts';
import { asObjects, asString } from '../lib/json.ts';
import type { ConsumerIssue } from '../consumers/consumer.ts';
import type { Origin, Provenance } from './provenance.ts';
import { locationOf } from './provenance.ts';
import { didYouMean } from '../lib/messages/did-you-mean.ts';

/** Results recorded while customizations are applied. */
export interface ApplyLog {
  readonly provenance: Provenance;
  readonly findings: FileDiagnostic[];
}

/** The diagnostic of a customization without effect. */
export function unusedFinding(source: Origin, message: string, hint = 'remove it, or fix the name'): FileDiagnostic {
  return { code: 'OVERRIDE_UNUSED', severity: 'warning', location: locationOf(source), message, hint };
}

/** A consumer's issue without its place. */
export type IssueText = Pick<ConsumerIssue, 'effect' | 'message' | 'hint'>;

const codes = {
  rejected: 'OVERRIDE_REJECTED',
  incomplete: 'OVERRIDE_REJECTED',
  ignored: 'CONFIG_KEY_UNKNOWN',
  unused: 'OVERRIDE_UNUSED',
  misdirected: 'OVERRIDE_MISDIRECTED',
} as const;

/** The diagnostic of a consumer's issue, at the line in Git that causes it. */
export function toDiagnostic({ effect, message, hint }: IssueText, location: SourceLocation): FileDiagnostic {
  return { severity: 'warning', code: codes[effect], location, message, hint };
}

/** Maximum number of suggestions: each search takes milliseconds, and ten thousand would take minutes. */
const maxSuggested = 100;

/** A hint with the nearest known name. */
export function reportDidYouMean(name: string, known: readonly string[], { findings }: ApplyLog): string | undefined {
  return (findings.length < maxSuggested ? didYouMean(name, known) : null) ?? undefined;
}

/** Maximum number of findings per run: a file that is listed twice has one for each of its lines. */
const maxFindings = 1_000;

/** Records a finding; at the limit, one that says so, and none after it. */
export function report({ findings }: ApplyLog, find: () => FileDiagnostic): void {
  if (findings.length < maxFindings) findings.push(find());
  else if (findings.length === maxFindings) {
    const finding = find();
    findings.push({ ...finding, message: `${finding.message}, and more like it: no more are told` });
  }
}

/**
 * Reports replaced values: as a note where one change is for more than the other, such as a base and its environment, a
 * glob and one of its toolsets; else as a warning.
 */
export function reportShadowed(lost: readonly Origin[], by: Origin, log: ApplyLog): void {
  for (const source of lost.filter((one) => !isOneChange(one, by))) {
    const isLayer = source.kind === by.kind && (source.file !== by.file || isForMore(source, by));
    report(log, () => ({
      code: 'OVERRIDE_SHADOWED',
      severity: isLayer ? 'note' : 'warning',
      location: locationOf(source),
      message: `is replaced by ${formatLocation(locationOf(by))}`,
      hint: isLayer
        ? 'remove one of the two, unless one is the rule and the other its exception'
        : 'remove one of the two',
    }));
  }
}

/** Whether a patch is for a glob, and the later one for something else: the first still counts for other toolsets. */
function isForMore(source: Origin, by: Origin): boolean {
  const target = targetOf(source);
  return target?.includes('*') === true && target !== targetOf(by);
}

/** The name or glob that a patch targets. */
function targetOf({ kind, file, path: [index] }: Origin): string | undefined {
  return kind === 'patch' ? asString(asObjects(file.value)[Number(index)]?.target) : undefined;
}

/**
 * The operations of one patch are one change, even in several steps. So is an entry of overrides that displaces a
 * generated part, and a key in it that removes this part.
 */
function isOneChange(one: Origin, other: Origin): boolean {
  if (one.kind !== other.kind || one.file !== other.file) return false;
  if (one.kind === 'patch') return one.path[0] === other.path[0];
  return one.path.length < other.path.length && one.path.every((step, index) => step === other.path[index]);
}
