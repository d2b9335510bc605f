import type { ApplicationView } from '../../argocd/application.ts';
import { matchesNamespace } from '../../argocd/glob.ts';
import { inheritedSpec, readProjectWithGlobals } from '../../argocd/global-projects.ts';
import { readProjectSpec } from '../../argocd/project.ts';
import type { Connection } from '../../cluster/connection/connection.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import { isPluginError } from '../../lib/errors.ts';
import { asObjects, asStrings } from '../../lib/json.ts';

/** What is read of an AppProject. */
interface ProjectView {
  /** Patterns of the namespaces, besides Argo CD's own, whose Applications may be of the project. */
  readonly sourceNamespaces: readonly string[];
}

/** The last answer about one project. */
interface KnownProject {
  readonly project: ProjectView | null;
  readonly at: number;
}

/** One attempt: the caller repeats what it needs the project for. */
const readOptions = { timeoutMs: 5_000, attempts: 1, ofMany: true } as const;
/** The ConfigMaps of one project cost one request in this time. */
const freshMs = 10_000;
/** While the API server does not answer, whom a project permits is taken from the last answer for this time. */
const keptMs = 10 * 60_000;

/** AppProjects, read from Argo CD's namespace when they are asked for. Needs `get` on appprojects there. */
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
   * Whether the project that an Application names has sync windows, of its own or of a global project, where argocd-cm may be
   * read. One that does not exist has none. Rejects if it cannot be read.
   */
  async hasSyncWindows({ argoCdNamespace: namespace, project: name }: ApplicationView): Promise<boolean> {
    const found = await readProjectWithGlobals(this.#connection, namespace, name, this.#signal, readOptions);
    return found !== null && asObjects(inheritedSpec(found).syncWindows).length > 0;
  }

  /**
   * Whether Argo CD lets the Application be of the project that it names: its own `spec.project` is a claim. One in Argo
   * CD's namespace may name any. Rejects if the project cannot be read.
   */
  async permits(application: ApplicationView): Promise<boolean> {
    const { namespace, argoCdNamespace } = application;
    if (namespace === argoCdNamespace) return true;
    const patterns = (await this.#lately(application))?.sourceNamespaces ?? [];
    return patterns.some((pattern) => matchesNamespace(pattern, namespace));
  }

  async #lately(application: ApplicationView): Promise<ProjectView | null> {
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
      const isAway = isPluginError(error) && error.request !== null;
      if (known && isAway && now - known.at < keptMs) return known.project;
      throw error;
    }
  }

  /** The namespaces that may use a project are its own matter: Argo CD takes none of a global project. */
  async #read({ argoCdNamespace: namespace, project: name }: ApplicationView): Promise<ProjectView | null> {
    const spec = await readProjectSpec(this.#connection, namespace, name, this.#signal, readOptions);
    return spec && { sourceNamespaces: asStrings(spec.sourceNamespaces) };
  }

  /** Names come from Applications, so that their number has no other bound. */
  #forgetOld(now: number): void {
    for (const [key, { at }] of this.#known) if (now - at >= keptMs) this.#known.delete(key);
  }
}
