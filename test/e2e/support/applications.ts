import { randomUUID } from 'node:crypto';
import type { Cluster } from '../../cluster/parts/cluster.ts';
import { expectSuccess } from '../../cluster/parts/request.ts';
import { untilSeen } from '../../support/until.ts';

const collection = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications';
const refreshAnnotation = 'argocd.argoproj.io/refresh';
const attemptAnnotation = 'test.example.com/attempt';

/** What stands in the status of an Application, as far as tests look at it. */
export interface Application {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly operation?: object;
  readonly status?: {
    readonly sync?: { readonly status: string; readonly revision?: string };
    readonly health?: { readonly status: string };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
    readonly operationState?: {
      readonly phase: string;
      readonly message?: string;
      readonly operation?: { readonly info?: readonly { readonly name: string; readonly value: string }[] };
    };
    readonly reconciledAt?: string;
    readonly resources?: readonly { readonly kind: string; readonly name: string; readonly status?: string }[];
  };
}

export interface ApplicationOptions {
  /** Of another repository than the one that everything else is in. */
  readonly repoUrl?: string;
  /** Folder in the repository. */
  readonly path: string;
  readonly project?: string;
  /** The namespace of the destination. */
  readonly namespace?: string;
  /** The cluster of the destination; Argo CD's own by default. */
  readonly cluster?: { readonly name: string } | { readonly server: string };
  /** What an Application may tell the plugin. */
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly parameters?: readonly object[];
  /** Automated sync as our documentation sets it up unless given; `null` for none. */
  readonly automated?: object | null;
  readonly syncOptions?: readonly string[];
}

/** Applications in Argo CD's own namespace. Whatever waits gives up with an error that shows the status. */
export interface Applications {
  readonly create: (name: string, options: ApplicationOptions) => Promise<void>;
  readonly get: (name: string) => Promise<Application>;
  /** Asks for a refresh and waits until the controller has done it. */
  readonly refresh: (name: string, kind: 'normal' | 'hard') => Promise<Application>;
  /** A sync as a person starts one, after which self-heal does not back off; waits until it ended. */
  readonly sync: (name: string) => Promise<Application>;
  readonly until: (name: string, what: string, isSo: (application: Application) => boolean) => Promise<Application>;
  /** Until it is Synced and Healthy, and no operation runs. */
  readonly untilSynced: (name: string, revision?: string) => Promise<Application>;
  /** Sets how it syncs by itself; `null` for not at all. */
  readonly automate: (name: string, automated: object | null) => Promise<void>;
  /** Deletes the Application; its resources stay. */
  readonly remove: (name: string) => Promise<void>;
}

export function applicationsOf(cluster: Cluster, repositoryUrl: string, deadlineMs: number): Applications {
  const get = async (name: string): Promise<Application> =>
    expectSuccess(await cluster.request('GET', `${collection}/${name}`), `reading Application ${name}`) as Application;
  const patch = async (name: string, change: object): Promise<void> => {
    const options = { contentType: 'application/merge-patch+json' };
    expectSuccess(await cluster.request('PATCH', `${collection}/${name}`, change, options), `changing ${name}`);
  };
  const until: Applications['until'] = (name, what, isSo) =>
    untilSeen(
      () => get(name),
      isSo,
      ({ status }) => `Application ${name} not ${what} after ${deadlineMs} ms: ${JSON.stringify(status)}`,
      deadlineMs,
    );
  return {
    get,
    until,
    create: async (name, options) => {
      await cluster.apply([manifest(name, repositoryUrl, options)]);
    },
    refresh: async (name, kind) => {
      const request = async (attempt: number): Promise<Application> => {
        const annotations = { [refreshAnnotation]: kind, [attemptAnnotation]: String(attempt) };
        await patch(name, { metadata: { annotations } });
        return until(name, 'refreshed', ({ metadata }) => metadata.annotations?.[refreshAnnotation] === undefined);
      };
      // The controller does not repeat an update of the status that failed: only another change has it look again.
      return request(1).catch(() => request(2));
    },
    sync: async (name) => {
      // Told apart by a note of its own: times have whole seconds only.
      const info = [{ name: 'test', value: randomUUID() }];
      const isMine = ({ status }: Application): boolean =>
        status?.operationState?.operation?.info?.[0]?.value === info[0]!.value;
      for (let attempt = 1; ; attempt += 1) {
        await patch(name, { operation: { sync: {}, info, initiatedBy: { username: 'test' } } });
        const application = await until(name, 'synced', isIdle);
        // One of Argo CD's own, which self-heal asked for at the same moment, may have taken its place.
        if (isMine(application)) return application;
        if (attempt === 3) throw new Error(`the sync of ${name} was lost three times`);
      }
    },
    untilSynced: (name, revision) =>
      until(name, 'Synced and Healthy', (it) => {
        const { sync, health } = it.status ?? {};
        const isWanted = revision === undefined || sync?.revision === revision;
        return isIdle(it) && isWanted && sync?.status === 'Synced' && health?.status === 'Healthy';
      }),
    automate: (name, automated) => patch(name, { spec: { syncPolicy: { automated } } }),
    remove: async (name) => {
      expectSuccess(await cluster.request('DELETE', `${collection}/${name}`), `deleting Application ${name}`);
    },
  };
}

function isIdle({ operation, status }: Application): boolean {
  return operation === undefined && status?.operationState?.phase !== 'Running';
}

function manifest(name: string, ownUrl: string, options: ApplicationOptions): Parameters<Cluster['apply']>[0][number] {
  const { repoUrl: repoURL = ownUrl, path, project = 'default', namespace = 'default' } = options;
  const { env, parameters, syncOptions, cluster = { server: 'https://kubernetes.default.svc' } } = options;
  const { automated = { selfHeal: true } } = options;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { namespace: 'argocd', name },
    spec: {
      project,
      source: { repoURL, path, targetRevision: 'main', plugin: { name: 'dynamic-toolset', env, parameters } },
      destination: { ...cluster, namespace },
      syncPolicy: { ...(automated === null ? {} : { automated }), syncOptions },
    },
  };
}
