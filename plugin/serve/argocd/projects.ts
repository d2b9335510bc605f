import type { ApplicationView } from '../../argocd/application.ts';
import { matchesNamespace } from '../../argocd/glob.ts';
import { inheritedSpec, readProjectWithGlobals } from '../../argocd/global-projects.ts';
import { readProjectSpec } from '../../argocd/project.ts';
import type { Connection } from '../../cluster/connection/connection.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import { isPluginError } from '../../lib/errors.ts';
import { asObjects, asStrings } from '../../lib/json.ts';

/** The part of an AppProject that is read. */
interface ProjectView {
  /** Patterns of namespaces, besides Argo CD's own, whose Applications may belong to the project. */
  readonly sourceNamespaces: readonly string[];
}

/** The last answer about one project. */
interface KnownProject {
  readonly project: ProjectView | null;
  readonly at: number;
}

/** A single attempt: the caller retries the work that needs the project. */
const readOptions = { timeoutMs: 5_000, attempts: 1, ofMany: true } as const;
/** Cache time: all ConfigMaps of a project cost one request in this time. */
const freshMs = 10_000;
/** How long the last answer about a project stays in use while the API server does not respond. */
const keptMs = 10 * 60_000;

/** AppProjects, read on demand from Argo CD's namespace. Needs `get` on appprojects there. */
export class Projects {
  readonly #connection: Connection;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #known = new Map<string, KnownProject>();

  constructor(connection: Connection, signal: AbortSignal, clock = systemClock) {
    this.#connection = connection;
    this.#signal = signal;
    this.#clock = clock;
  }

  /**
   * Whether the Application's project has sync windows, its own or, if argocd-cm may be read, of a global project. A
   * missing project has none. Rejects if the project cannot be read.
   */
  async hasSyncWindows({ argoCdNamespace: namespace, project: name }: ApplicationView): Promise<boolean> {
    const found = await readProjectWithGlobals(this.#connection, namespace, name, this.#signal, readOptions);
    return found !== null && asObjects(inheritedSpec(found).syncWindows).length > 0;
  }

  /**
   * Whether Argo CD lets the Application belong to its project: `spec.project` alone is only a claim. An Application in
   * Argo CD's namespace may name any project. Rejects if the project cannot be read.
   */
  async permits(application: ApplicationView): Promise<boolean> {
    const { namespace, argoCdNamespace } = application;
    if (namespace === argoCdNamespace) return true;
    const patterns = (await this.#readRecently(application))?.sourceNamespaces ?? [];
    return patterns.some((pattern) => matchesNamespace(pattern, namespace));
  }

  async #readRecently(application: ApplicationView): Promise<ProjectView | null> {
    const key = `${application.argoCdNamespace}/${application.project}`;
    const now = this.#clock.now();
    const known = this.#known.get(key);
    if (known && now - known.at < freshMs) return known.project;
    try {
      const project = await this.#read(application);
      this.#forgetOld(now);
      this.#known.set(key, { project, at: now });
      return project;
    } catch (error) {
      const isUnreachable = isPluginError(error) && error.request !== null;
      if (known && isUnreachable && now - known.at < keptMs) return known.project;
      throw error;
    }
  }

  /** Source namespaces are read of the project itself: Argo CD does not inherit them from a global project. */
  async #read({ argoCdNamespace: namespace, project: name }: ApplicationView): Promise<ProjectView | null> {
    const spec = await readProjectSpec(this.#connection, namespace, name, this.#signal, readOptions);
    return spec && { sourceNamespaces: asStrings(spec.sourceNamespaces) };
  }

  /** Names come from Applications, so nothing else bounds their number. */
  #forgetOld(now: number): void {
    for (const [key, { at }] of this.#known) if (now - at >= keptMs) this.#known.delete(key);
  }
}
