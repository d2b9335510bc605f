import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Cluster } from '../cluster/parts/cluster.ts';
import type { ApplicationObject, KubeObject } from '../cluster/parts/objects.ts';
import { expectSuccess } from '../cluster/parts/request.ts';
import { outputOf } from '../cluster/support/program.ts';
import type { Program } from '../cluster/support/program.ts';

/** The part of an Application that it looks at. */
interface DrivenApplication extends ApplicationObject {
  readonly operation?: { readonly sync?: object };
}

/** Folder of the Application in Git, and the cluster that it is generated from. */
interface Source {
  readonly folder: string;
  readonly kubeconfig: string;
}

/** What it was asked for and has done. */
export interface Handled {
  refreshes: number;
  syncs: number;
}

export interface ArgoCdStandIn {
  readonly handled: Readonly<Handled>;
  readonly stop: () => Promise<void>;
}

const pollMs = 50;
const digest = 'kubernaut.io/toolset-digest';
const mergePatch = { contentType: 'application/merge-patch+json' };

/**
 * The two things that Argo CD's controller does for `serve`, on a real API server that is reached directly: after a hard
 * refresh it runs `generate`, compares, and takes the annotation away; after an operation it applies what was generated.
 * It needs no Git, Redis or repo-server, so that each fault hits `serve` alone.
 */
export class StandIn implements ArgoCdStandIn {
  readonly handled: Handled = { refreshes: 0, syncs: 0 };
  readonly #cluster: Cluster;
  readonly #program: Program;
  readonly #source: Source;
  readonly #path: string;
  readonly #end = new AbortController();
  readonly #done: Promise<void>;
  #manifest: KubeObject | null = null;

  constructor(cluster: Cluster, program: Program, source: Source, name: string) {
    this.#cluster = cluster;
    this.#program = program;
    this.#source = source;
    this.#path = `/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/${name}`;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      // The API server may be away: what was not done is asked for by the Application still.
      await this.#look().catch(() => undefined);
      await delay(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const answer = await this.#cluster.request('GET', this.#path);
    const application = expectSuccess(answer, 'reading the Application') as DrivenApplication;
    if (application.metadata.annotations?.['argocd.argoproj.io/refresh'] === 'hard') await this.#refresh(application);
    else if (application.operation !== undefined) await this.#sync(application);
  }

  async #refresh(application: DrivenApplication): Promise<void> {
    const manifest = await this.generate();
    this.#manifest = manifest;
    const live = await this.#cluster.request('GET', pathOf(manifest));
    const current = (live.body as KubeObject).metadata.annotations?.[digest];
    const status = current === manifest.metadata.annotations?.[digest] ? 'Synced' : 'OutOfSync';
    await this.#patch(this.#path, {
      metadata: { annotations: { 'argocd.argoproj.io/refresh': null } },
      status: statusOf(application, status),
    });
    this.handled.refreshes += 1;
  }

  async #sync(application: DrivenApplication): Promise<void> {
    const manifest = this.#manifest ?? (await this.generate());
    const { data, metadata } = manifest;
    await this.#patch(pathOf(manifest), { data, metadata: { annotations: metadata.annotations } });
    const operationState = { phase: 'Succeeded', message: '', finishedAt: now() };
    await this.#patch(this.#path, {
      operation: null,
      status: { ...statusOf(application, 'Synced'), operationState },
    });
    this.handled.syncs += 1;
  }

  /** What the plugin prints now. */
  async generate(): Promise<KubeObject> {
    const { folder, kubeconfig } = this.#source;
    return parse(
      outputOf(await this.#program.run(['generate', '--path', folder, '--kubeconfig', kubeconfig])),
    ) as KubeObject;
  }

  async #patch(path: string, change: object): Promise<void> {
    expectSuccess(await this.#cluster.request('PATCH', path, change, mergePatch), `changing ${path}`);
  }
}

function statusOf({ status }: DrivenApplication, syncStatus: string): object {
  const resources = status.resources.map((resource) => ({ ...resource, status: syncStatus }));
  return { resources, reconciledAt: now(), sync: { status: syncStatus, revision: 'abc' } };
}

/** As Argo CD writes times: whole seconds. */
function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

function pathOf({ metadata: { namespace = '', name } }: KubeObject): string {
  return `/api/v1/namespaces/${namespace}/configmaps/${name}`;
}
