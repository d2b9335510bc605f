import { ask } from '../../support/ask.ts';
import type { Answer, Question } from '../../support/ask.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { clusterTools } from '../parts/cluster.ts';
import { startManagedScene } from '../support/managed-scene.ts';
import type { ManagedScene } from '../support/managed-scene.ts';
import { toolsetYaml } from '../support/program.ts';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';

/** A page of a list. */
export interface List<T = Readonly<Record<string, unknown>>> {
  readonly items: readonly T[];
  readonly page: { readonly limit: number; readonly offset: number; readonly total: number };
}

export interface ApiScene extends ManagedScene {
  /** Of an account with access to everything. */
  readonly token: string;
  /** Sends a request, with that token by default. */
  readonly ask: (path: string, question?: Question) => Promise<Answer>;
  /** Fetches a list. */
  readonly list: <T = Readonly<Record<string, unknown>>>(path: string) => Promise<List<T>>;
}

/** Files of the Application. */
export const files = {
  'toolset.yaml': toolsetYaml({ health: { check: 'readiness' } }),
  'overrides.yaml': {
    toolsets: {
      'prometheus/metrics': { config: { headers: { 'X-Scope-OrgID': 'ops' } } },
      'kafka/admin': { enabled: false },
      'grafana/tempo': null,
    },
  },
};

export const everything = [{ nonResourceURLs: ['/dynamic-toolset/api/*', '/metrics'], verbs: ['get', 'post'] }];

/** Two backends, of which one is healthy, and others. */
export const services = [
  service('monitoring', 'prometheus', 9090),
  endpointSlice('monitoring', 'prometheus', { ready: 1 }),
  service('monitoring', 'grafana', 3000),
  endpointSlice('monitoring', 'grafana', { notReady: 1 }),
  service('monitoring', 'prometheus-node-exporter', 9100),
  service('shop', 'web', 80),
];

/** A cluster with these Services and one Application. */
async function startApiScene(flags: readonly string[] = []): Promise<ApiScene> {
  const prepare: Parameters<typeof startManagedScene>[0] = async ({ cluster, manage }) => {
    await cluster.apply(services);
    await manage('one', files);
  };
  const scene = await startManagedScene(prepare, flags);
  const token = await scene.tokenFor('reader', everything);
  const askScene: ApiScene['ask'] = (path, question) => ask(`${scene.serve.url}${path}`, { token, ...question });
  return {
    ...scene,
    token,
    ask: askScene,
    list: async <T>(path: string) => {
      const { status, json, text } = await askScene(path);
      if (status !== 200) throw new Error(`${path} answered ${String(status)}: ${text}`);
      return json as List<T>;
    },
  };
}

/** Called in a `describe`: one scene for all of its tests; skips them without a real API server. */
export function apiScene(flags?: () => Promise<readonly string[]> | readonly string[]): ApiScene {
  const scene = {} as ApiScene;
  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    Object.assign(scene, await startApiScene(await flags?.()));
  });
  after(() => (scene as Partial<ApiScene>).stop?.());
  return scene;
}
