import type { ApplicationView } from '../../argocd/application.ts';
import { matchesNamespace } from '../../argocd/glob.ts';
import { isProjectName } from '../../argocd/project.ts';
import { reader } from '../../cluster/http/api-client.ts';
import type { ApiReader } from '../../cluster/http/api-client.ts';
import type { Connection } from '../../cluster/connection/connection.ts';
import type { RequestDescriptor } from '../../cluster/http/request-errors.ts';
import { objectPath } from '../../cluster/http/resource-path.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import { isPluginError } from '../../lib/errors.ts';
import { asObject, asObjects, asStrings } from '../../lib/json.ts';

/** What is read of an AppProject. */
export interface ProjectView {
  readonly hasSyncWindows: boolean;
  /** Patterns of the namespaces, besides Argo CD's own, whose Applications may be of the project. */
  readonly sourceNamespaces: readonly string[];
}

/** The last answer about one project. */
interface KnownProject {
  readonly project: ProjectView | null;
  readonly at: number;
}

const timeoutMs = 5_000;
/** The ConfigMaps of one project cost one request in this time. */
const freshMs = 10_000;
/** While the API server does not answer, whom a project permits is taken from the last answer for this time. */
const keptMs = 10 * 60_000;

/** AppProjects, read from Argo CD's namespace when they are asked for. Needs `get` on appprojects there. */
export class Projects {
  readonly #read: ApiReader;
  readonly #clock: Clock;
  readonly #known = new Map<string, KnownProject>();

  constructor(connection: Connection, signal: AbortSignal, clock = systemClock) {
    // One attempt: the caller repeats what it needs the project for.
    this.#read = reader(connection, signal, { timeoutMs, attempts: 1 });
    this.#clock = clock;
  }

  /** The project that an Application names; `null` if it does not exist. Rejects if it cannot be read. */
  async of({ argoCdNamespace: namespace, project: name }: ApplicationView): Promise<ProjectView | null> {
    return isProjectName(name) ? this.#request(namespace, name) : null;
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
      const project = await this.of(application);
      this.#forgetOld(now);
      this.#known.set(key, { project, at: now });
      return project;
    } catch (error) {
      const isAway = isPluginError(error) && error.request !== null;
      if (known && isAway && now - known.at < keptMs) return known.project;
      throw error;
    }
  }

  /** Names come from Applications, so that their number has no other bound. */
  #forgetOld(now: number): void {
    for (const [key, { at }] of this.#known) if (now - at >= keptMs) this.#known.delete(key);
  }

  async #request(namespace: string, name: string): Promise<ProjectView | null> {
    const resource: RequestDescriptor = { group: 'argoproj.io', resource: 'appprojects', verb: 'get', namespace };
    const { status, body } = await this.#read(objectPath(resource, name), resource);
    if (status !== 200) return null;
    const { syncWindows, sourceNamespaces } = asObject(asObject(body).spec);
    return { hasSyncWindows: asObjects(syncWindows).length > 0, sourceNamespaces: asStrings(sourceNamespaces) };
  }
}
