import type { ApplicationView } from '../../argocd/application.ts';
import type { Clock } from '../../lib/clock.ts';
import { isAborted, systemClock } from '../../lib/clock.ts';
import { withoutSlash } from '../../lib/cluster-name.ts';
import { backoffMs } from '../../lib/duration.ts';
import type { ErrorCode } from '../../lib/codes.ts';
import { isPluginError, PluginError } from '../../lib/errors.ts';
import { compare, keyOf } from '../../lib/object-key.ts';
import type { Reason } from '../../lib/messages/reason.ts';
import type { Emit } from '../events.ts';
import { unreadReason } from '../reasons.ts';
import type { UnreadReason } from '../reasons.ts';
import { failure } from '../telemetry.ts';
import { ClusterReferences } from './cluster-references.ts';
import type { ClusterReferencesOptions } from './cluster-references.ts';
import type { OpenCluster, OpenedCluster } from './open-cluster.ts';
import type { OtherCluster } from './other-cluster.ts';

/** Clusters watched at once, besides Argo CD's own. */
const maxClusters = 200;
/** Cluster names that are looked up, a limit because authors of Applications make up names. */
const maxNames = 2 * maxClusters;
/** Back-off between attempts to open a cluster. */
const backoff = { baseMs: 2_000, maxMs: 5 * 60_000 };

export interface OtherClustersOptions extends ClusterReferencesOptions {
  readonly open: OpenCluster;
  /** Whether the policy, or the cluster's own Secret, lets the Application read the cluster. */
  readonly mayRead: (application: ApplicationView, cluster: OpenedCluster, called: string) => boolean;
  /** Starts to watch the cluster. */
  readonly watch: (opened: OpenedCluster) => OtherCluster;
  /**
   * Called with hub ConfigMaps, as `namespace/name`, whose Applications use a name under which a cluster has just been
   * opened.
   */
  readonly onNamed?: (configMaps: readonly string[]) => void;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Defaults to `maxClusters`. */
  readonly max?: number;
}

/** A name that Applications use for a cluster. */
interface ReferencedCluster {
  readonly called: string;
  /** Ends the attempts to open it. */
  readonly ended: AbortController;
  /** `null` until it is open. */
  other: OtherCluster | null;
  /** The cluster, if no Application was allowed to read it at the last attempt. */
  denied: OpenedCluster | null;
  /** Why the last attempt to open it failed. */
  unread: Reason<UnreadReason | ErrorCode | 'BUG'>;
  /** When this state began, in milliseconds since the epoch. */
  since: number;
}

/** A cluster's state as shown to people. */
export interface ClusterState {
  /** The name given where its access is defined; if it could not be opened, the name that Applications use. */
  readonly name: string;
  /** Host and port of its API server; `null` if it could not be opened. */
  readonly server: string | null;
  readonly other: OtherCluster | null;
  /** Why it is not read; `null` if it is. */
  readonly unread: Reason | null;
  /** When this state began, in milliseconds since the epoch. */
  readonly since: number;
}

/** The clusters that hub Applications deploy to: each is opened for its first Application and closed after its last. */
export class OtherClusters {
  readonly #options: OtherClustersOptions;
  readonly #clock: Clock;
  readonly #max: number;
  readonly #references: ClusterReferences;
  readonly #names = new Map<string, ReferencedCluster>();
  readonly #closing = new Set<Promise<void>>();
  #leftOut = 0;

  constructor(options: OtherClustersOptions) {
    this.#options = options;
    this.#references = new ClusterReferences(options);
    this.#clock = options.clock ?? systemClock;
    this.#max = options.max ?? maxClusters;
    options.signal.addEventListener(
      'abort',
      () => {
        for (const name of [...this.#names.keys()]) this.#forget(name);
      },
      { once: true },
    );
  }

  /** The cluster that the Application deploys to; `null` if it is not open, or is Argo CD's own. */
  of({ otherCluster }: Pick<ApplicationView, 'otherCluster'>): OtherCluster | null {
    return otherCluster === null ? null : (this.#names.get(withoutSlash(otherCluster))?.other ?? null);
  }

  /** Whether the cluster of this name is open or has not been tried yet. */
  isExpected(called: string): boolean {
    const name = this.#names.get(withoutSlash(called));
    return name !== undefined && (name.other !== null || name.unread.reason === 'NotOpened');
  }

  /** Why the cluster of this name is not open, and since when; `null` if it is not being looked up. */
  unopened(called: string): Pick<ReferencedCluster, 'unread' | 'since'> | null {
    return this.#names.get(withoutSlash(called)) ?? null;
  }

  /** All open clusters, each once. */
  open(): readonly OtherCluster[] {
    return [...new Set([...this.#names.values()].flatMap(({ other }) => other ?? []))];
  }

  /** Sorted by name: the open clusters, and those that could not be opened. */
  states(): readonly ClusterState[] {
    const unopened = [...this.#names.values()].filter(({ other }) => !other);
    return [
      ...this.open().map((other) => ({
        name: other.opened.name,
        server: other.opened.connection.server.host,
        other,
        unread: other.unread(),
        since: other.cluster.since,
      })),
      ...unopened.map(({ called: name, unread, since }) => ({ name, server: null, other: null, unread, since })),
    ].sort((a, b) => compare(a.name, b.name));
  }

  /** Number of cluster names beyond the limit, which are not looked up. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Called with the changed Applications, and at first with all of them. */
  applicationsChanged(keys: readonly string[]): void {
    const concerned = new Set(keys.flatMap((key) => this.#references.update(key)));
    for (const called of concerned) if (this.#isOutdated(called)) this.#forget(called);
    if (concerned.size > 0) this.#follow();
    for (const other of this.open()) other.applicationsChanged(keys);
  }

  /** Called with the changed hub ConfigMaps. */
  hubConfigMapsChanged(keys: readonly string[]): void {
    for (const other of this.open()) other.hubConfigMapsChanged(keys);
  }

  /** Which clusters may be read may have changed. */
  policyChanged(): void {
    for (const { called, other } of [...this.#names.values()])
      if (!other || !this.#mayRead(called, other.opened)) this.#forget(called);
    this.#follow();
    for (const other of this.open()) other.policyChanged();
  }

  /** Closes the cluster and looks it up again. */
  reopen(other: OtherCluster): void {
    for (const name of [...this.#names.values()]) if (name.other === other) this.#forget(name.called);
    this.#follow();
  }

  /** Settles when all opened clusters are closed, after the signal. */
  async done(): Promise<void> {
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  /** Whether the cluster is open although no Application may read it any more, or the reverse. */
  #isOutdated(called: string): boolean {
    const { other, denied } = this.#names.get(called) ?? { other: null, denied: null };
    if (other) return !this.#mayRead(called, other.opened);
    return denied !== null && this.#mayRead(called, denied);
  }

  #follow(): void {
    if (this.#options.signal.aborted) return;
    const wanted = this.#references.names();
    for (const called of [...this.#names.keys()]) if (!wanted.has(called)) this.#forget(called);
    for (const called of wanted) if (!this.#names.has(called) && this.#names.size < maxNames) this.#start(called);
    const leftOut = [...wanted].filter((called) => !this.#names.has(called)).length;
    if (leftOut > this.#leftOut) this.#options.emit('clusters-left-out', { count: leftOut });
    this.#leftOut = leftOut;
  }

  #start(called: string): void {
    const unread = unreadReason('NotOpened');
    const since = this.#clock.epochMs();
    const name: ReferencedCluster = { called, ended: new AbortController(), other: null, denied: null, unread, since };
    this.#names.set(called, name);
    this.#track(this.#open(name));
  }

  /** Retries until it is open, or until no Application uses this name any more. */
  async #open(name: ReferencedCluster): Promise<void> {
    const { emit } = this.#options;
    const { called, ended } = name;
    for (let failures = 1; !isAborted(ended.signal); failures += 1) {
      try {
        await this.#attempt(name);
        return;
      } catch (error) {
        if (isAborted(ended.signal)) return;
        const retryInMs = backoffMs(failures, backoff, this.#clock.random() / 2);
        const { code, message, hint } = failure(error);
        name.unread = whyUnopened(error);
        emit('cluster-failed', { cluster: called, code, message, hint, retryInMs: Math.round(retryInMs) });
        await this.#clock.sleep(retryInMs, ended.signal);
      }
    }
  }

  async #attempt(name: ReferencedCluster): Promise<void> {
    const { open, watch, onNamed, emit } = this.#options;
    const opened = await open(name.called);
    if (name.ended.signal.aborted) {
      opened.connection.close();
      return;
    }
    name.denied = this.#mayRead(name.called, opened) ? null : opened;
    if (name.denied) {
      opened.connection.close();
      throw denied(opened);
    }
    const others = this.open();
    const same = others.find((other) => other.opened.name === opened.name && other.opened.server === opened.server);
    if (same || others.length >= this.#max) opened.connection.close();
    if (!same && others.length >= this.#max) throw tooMany(this.#max);
    name.other = same ?? watch(opened);
    if (!same) emit('cluster-opened', { cluster: opened.name, server: opened.server });
    name.other.applicationsChanged(this.#references.keysOf(name.called));
    // Only now that the cluster has this name is it known that they are built from it.
    const configMaps = this.#references
      .applicationsOf(name.called)
      .flatMap((application) => application.configMaps)
      .map(keyOf);
    name.other.hubConfigMapsChanged(configMaps);
    onNamed?.(configMaps);
  }

  #mayRead(called: string, opened: OpenedCluster): boolean {
    const { mayRead } = this.#options;
    return this.#references.applicationsOf(called).some((application) => mayRead(application, opened, called));
  }

  /** Closes the cluster, unless other Applications use another name for it. */
  #forget(called: string): void {
    const name = this.#names.get(called);
    if (!name) return;
    this.#names.delete(called);
    name.ended.abort();
    const { other } = name;
    if (!other || this.open().includes(other)) return;
    if (!this.#options.signal.aborted) this.#options.emit('cluster-closed', { cluster: other.opened.name });
    this.#track(other.close());
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => {
      this.#closing.delete(tracked);
    });
    this.#closing.add(tracked);
  }
}

function denied({ name }: OpenedCluster): PluginError {
  return new PluginError('POLICY_DENIED', `no project of the Applications that deploy to ${name} may read it`, {
    hint: 'a platform administrator adds it to spec.projects.NAME.clusters of the policy, or sets --allow-any-cluster without one',
  });
}

/** The message of a bug is for the log only. */
function whyUnopened(error: unknown): ReferencedCluster['unread'] {
  return isPluginError(error)
    ? { reason: error.code, message: `${error.message}; ${error.hint}` }
    : { reason: 'BUG', message: 'a bug: the log has the error' };
}

function tooMany(max: number): PluginError {
  return new PluginError('WORK_TOO_LARGE', `${String(max)} other clusters are watched, which is the limit`, {
    hint: 'run another serve, with the Applications of the others in namespaces of their own',
  });
}
