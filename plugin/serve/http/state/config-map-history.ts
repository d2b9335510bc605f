import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { ToolsetFile } from '../../../consumers/consumer.ts';
import type { Clock } from '../../../lib/clock.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { ObservedDiscovery } from '../../reconcile/evaluation/inputs.ts';
import { noSourceChanges } from '../../reconcile/evaluation/source-changes.ts';
import type { SourceChanges } from '../../reconcile/evaluation/source-changes.ts';
import type { Cause, ConfigMapStatus } from '../../reconcile/status.ts';
import { toolsetChanges, toolsetCounts } from './toolset-changes.ts';
import type { ToolsetChanges, ToolsetCounts } from './toolset-changes.ts';

/** One change of a ConfigMap's desired content, from when it was noticed until it is applied. */
export interface ConfigMapChange {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly cause: Cause;
  /** `applied` to the ConfigMap; `reverted` before that; `pending` while the ConfigMap is out of date. */
  readonly outcome: 'pending' | 'applied' | 'reverted';
  /** Duration from `at` on; `null` while pending, and if the ConfigMap was never seen out of date. */
  readonly tookMs: number | null;
  readonly services: SourceChanges;
  /** Before overrides from Git; `null` if this replica does not know the previous content. */
  readonly toolsets: ToolsetChanges | null;
}

/** Number of Services and toolsets of a ConfigMap from `at` on; `null` if unknown. */
export interface Counts {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly services: ConfigMapStatus['services'];
  readonly toolsets: ToolsetCounts | null;
}

export const maxChanges = 20;
/** Entries per ConfigMap: a Service that comes and goes every few minutes fills them within hours. */
export const maxCounts = 60;
/** ConfigMaps whose changes are kept; the least recently evaluated one is forgotten first. */
export const maxConfigMaps = 500;
/** Characters of discovered toolsets, as JSON, of all ConfigMaps together. */
const maxCharacters = 4 * 1024 * 1024;

interface ConfigMapRecord {
  /** Ended changes, latest first. */
  readonly ended: readonly ConfigMapChange[];
  readonly pending: PendingChange | null;
  /** Oldest first. */
  readonly counts: readonly Counts[];
}

interface PendingChange extends ConfigMapChange {
  /** Monotonic milliseconds. */
  readonly since: number;
  /** Digest of the live ConfigMap when the change began. */
  readonly first: string;
  /** Digests of the live ConfigMap now, and of its desired content. */
  readonly digest: string;
  readonly desired: string | null;
}

const nothingKept: ConfigMapRecord = { ended: [], pending: null, counts: [] };

/** Changes of each ConfigMap since this replica began to watch: in memory, so a restart loses them. */
export class ConfigMapHistory {
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
  readonly #clock: Pick<Clock, 'now' | 'epochMs'>;
  readonly #changes = new LRUCache<string, ConfigMapRecord>({ max: maxConfigMaps });
  /** From the last discovery of each out-of-date ConfigMap. */
  readonly #services = new LRUCache<string, SourceChanges>({ max: maxConfigMaps });
  /** From the last discovery of each ConfigMap. */
  readonly #toolsets = new LRUCache<string, ToolsetCounts>({ max: maxConfigMaps });
  /** Discovered toolsets as JSON, by ConfigMap and digest. */
  readonly #files = new LRUCache<string, string>({ maxSize: maxCharacters });

  constructor(clock: Pick<Clock, 'now' | 'epochMs'>) {
    this.#clock = clock;
    this.since = clock.epochMs();
  }

  /** Called with each discovery for the ConfigMap, before `recordStatus`; a failed one changes nothing. */
  recordDiscovery(configMap: string, discovery: Omit<ObservedDiscovery, 'detectors'> | null): void {
    if (!discovery) return;
    const { digest, file, changes, conclusion } = discovery;
    this.#toolsets.set(configMap, toolsetCounts(file, conclusion));
    if (changes.total > 0) this.#services.set(configMap, changes);
    else this.#services.delete(configMap);
    const key = fileKey(configMap, digest);
    if (this.#files.get(key) !== undefined) return;
    const text = JSON.stringify(file);
    this.#files.set(key, text, { size: text.length });
  }

  /** Called with each evaluation of a ConfigMap. */
  recordStatus(after: ConfigMapStatus | undefined, before: ConfigMapStatus | undefined): void {
    const status = after ?? before;
    if (!status) return;
    const key = keyOf(status);
    if (!after) {
      this.#changes.delete(key);
      return;
    }
    const earlier = this.#changes.get(key) ?? nothingKept;
    const kept = this.#counted(earlier, after);
    if (kept !== earlier) this.#changes.set(key, kept);
    // The desired content is unknown, so the change has not ended either.
    if (after.problem !== null) return;
    const next = after.outOfDateSince === null ? this.#ended(key, kept, after, before) : this.#begun(key, kept, after);
    if (next !== kept) this.#changes.set(key, next);
  }

  /** The change by which the ConfigMap is out of date; `null` if it is up to date. */
  pending(configMap: string): ConfigMapChange | null {
    return this.#changes.peek(configMap)?.pending ?? null;
  }

  /** Ended changes, latest first. */
  ended(configMap: string): readonly ConfigMapChange[] {
    return this.#changes.peek(configMap)?.ended ?? [];
  }

  /** Numbers of Services and toolsets over time, oldest first. */
  counts(configMap: string): readonly Counts[] {
    return this.#changes.peek(configMap)?.counts ?? [];
  }

  /**
   * Start of the complete history, in milliseconds since the epoch: if there were many changes, older ones are dropped.
   */
  completeSince(configMap: string): number {
    const ended = this.ended(configMap);
    return ended.length < maxChanges ? this.since : (ended.at(-1)?.at ?? this.since);
  }

  /** What was discovered when the ConfigMap was generated, before overrides from Git; `null` if unknown. */
  fileOf(configMap: string, digest: string): ToolsetFile | null {
    const text = this.#files.get(fileKey(configMap, digest));
    return text === undefined ? null : (JSON.parse(text) as ToolsetFile);
  }

  #begun(key: string, earlier: ConfigMapRecord, { cause, digest, desired }: ConfigMapStatus): ConfigMapRecord {
    // The desired content was applied, but by now something else is desired: that is another change.
    const isApplied = earlier.pending?.desired === digest && earlier.pending.digest !== digest;
    const kept = earlier.pending && isApplied ? this.#finished(key, earlier, earlier.pending, digest) : earlier;
    const before = kept.pending;
    const services = this.#services.get(key) ?? noSourceChanges;
    const isSame = before?.digest === digest && before.desired === desired;
    if (isSame && before.services === services) return kept;
    const toolsets = isSame ? before.toolsets : this.#toolsetChanges(key, digest, desired);
    const start = before ?? {
      at: this.#clock.epochMs(),
      since: this.#clock.now(),
      first: digest,
      cause,
      outcome: 'pending',
      tookMs: null,
    };
    return { ...kept, pending: { ...start, digest, desired, services, toolsets } };
  }

  #ended(
    key: string,
    kept: ConfigMapRecord,
    after: ConfigMapStatus,
    before: ConfigMapStatus | undefined,
  ): ConfigMapRecord {
    const { pending } = kept;
    if (pending) return this.#finished(key, kept, pending, after.digest);
    const was = before?.digest ?? '';
    if (was === '' || was === after.digest) return kept;
    const change: ConfigMapChange = {
      at: this.#clock.epochMs(),
      cause: after.cause,
      outcome: 'applied',
      tookMs: null,
      services: noSourceChanges,
      toolsets: this.#toolsetChanges(key, was, after.digest),
    };
    return withEnded(kept, change);
  }

  #finished(key: string, kept: ConfigMapRecord, pending: PendingChange, digest: string): ConfigMapRecord {
    const { at, cause, since, first, services } = pending;
    const isReverted = digest === first;
    const change: ConfigMapChange = {
      at,
      cause,
      outcome: isReverted ? 'reverted' : 'applied',
      tookMs: Math.round(this.#clock.now() - since),
      services,
      toolsets: isReverted ? pending.toolsets : this.#toolsetChanges(key, first, digest),
    };
    return withEnded(kept, change);
  }

  #counted(kept: ConfigMapRecord, status: ConfigMapStatus): ConfigMapRecord {
    const { problem, services } = status;
    const { counts } = kept;
    const toolsets = this.#toolsets.get(keyOf(status)) ?? null;
    const known = problem === null ? { services, toolsets } : { services: null, toolsets: null };
    const { at: _, ...last } = counts.at(-1) ?? {};
    if (counts.length > 0 && isDeepStrictEqual(last, known)) return kept;
    return { ...kept, counts: [...counts, { at: this.#clock.epochMs(), ...known }].slice(-maxCounts) };
  }

  #toolsetChanges(configMap: string, digest: string, desired: string | null): ToolsetChanges | null {
    const before = this.fileOf(configMap, digest);
    const after = desired === null ? null : this.fileOf(configMap, desired);
    return before && after ? toolsetChanges(before, after) : null;
  }
}

function withEnded(kept: ConfigMapRecord, change: ConfigMapChange): ConfigMapRecord {
  return { ...kept, ended: [change, ...kept.ended].slice(0, maxChanges), pending: null };
}

function fileKey(configMap: string, digest: string): string {
  return `${configMap} ${digest}`;
}
