import { isDeepStrictEqual } from 'node:util';
import type { ApplicationView } from '../../argocd/application.ts';
import { withoutSlash } from '../../lib/cluster-name.ts';
import type { Store } from '../cache/store.ts';

export interface ClusterReferencesOptions {
  /** Applications that use the plugin. */
  readonly applications: Store<ApplicationView>;
  /** The Application's names for the clusters that it reads; defaults to its destination. */
  readonly namesOf?: ((application: ApplicationView) => readonly string[]) | undefined;
}

/** The names an Application uses for the clusters that it reads. */
interface References {
  readonly names: readonly string[];
  /** The Application's project, which decides whether it may read them. */
  readonly project: string;
}

/** Which Applications of the hub use which names of clusters. */
export class ClusterReferences {
  readonly #options: ClusterReferencesOptions;
  /** Keyed by `namespace/name` of the Application. */
  readonly #references = new Map<string, References>();

  constructor(options: ClusterReferencesOptions) {
    this.#options = options;
  }

  /** All names that any Application uses. */
  names(): ReadonlySet<string> {
    return new Set([...this.#references.values()].flatMap(({ names }) => names));
  }

  /** Reads an Application again; returns its names, new and old, if they or its project have changed. */
  update(key: string): readonly string[] {
    const { applications, namesOf = destinationOf } = this.#options;
    const application = applications.get(key);
    const names = application ? namesOf(application).map(withoutSlash) : [];
    const before = this.#references.get(key);
    const after = application && names.length > 0 ? { names, project: application.project } : undefined;
    if (isDeepStrictEqual(before, after)) return [];
    if (after) this.#references.set(key, after);
    else this.#references.delete(key);
    return [...(before?.names ?? []), ...names];
  }

  /** The Applications that use the name, as last read, as `namespace/name`. */
  keysOf(called: string): readonly string[] {
    return [...this.#references].flatMap(([key, { names }]) => (names.includes(called) ? [key] : []));
  }

  /** The same as they are now. */
  applicationsOf(called: string): readonly ApplicationView[] {
    return this.keysOf(called).flatMap((key) => this.#options.applications.get(key) ?? []);
  }
}

function destinationOf({ otherCluster }: ApplicationView): readonly string[] {
  return otherCluster === null ? [] : [otherCluster];
}
