import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { gitFolder, toolsetYaml } from '../cluster/support/program.ts';
import type { Program } from '../cluster/support/program.ts';
import type { Judge } from '../holmesgpt/judge.ts';
import { recording, service } from '../support/objects.ts';
import type { Scheme } from './data/schemes.ts';
import { firstQuestions, hasData } from './questions.ts';
import type { FirstQuestion } from './questions.ts';
import type { Ground, RunningStore, StoreKind, Tenant } from './stores/store.ts';
import { instancesOf, toldOf } from './told.ts';
import type { FileEntries } from './told.ts';
import { tenantsOf } from './stores/store.ts';

/** What became of the first questions that were asked of one store. */
export interface Measured {
  readonly store: string;
  readonly scheme: string;
  readonly tenant: Tenant;
  /** Of the toolset, as HolmesGPT has it; `absent` where the file has no such entry. */
  readonly status: string;
  /** What the file says has to stand in every query. */
  readonly always: Readonly<Record<string, string>>;
  readonly asked: readonly Asked[];
}

export interface Asked {
  readonly about: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly hasData: boolean;
  /** Why not, in HolmesGPT's words. */
  readonly words: string;
}

/** What it takes to measure: the program, the real HolmesGPT, and a place to start stores. */
export interface Bench extends Ground {
  readonly program: Program;
  readonly judge: Judge;
}

/** `off` is the file as it was without learning; `auto` as users get it. */
export type Learning = 'off' | 'auto';

/** Our file for a cluster with one store, what the real HolmesGPT makes of it, and what its first questions return. */
export async function measure(
  bench: Bench,
  kind: StoreKind,
  scheme: Scheme,
  tenant: Tenant,
  { port }: RunningStore,
  learning: Learning,
): Promise<Measured> {
  const service = standIn(kind, port, learning === 'auto' ? tenant : null);
  const text = await generate(bench, service, learning, learning === 'auto' ? declaredOf(kind, tenant) : []);
  const { toolsets: entries } = parse(text, { version: '1.1' }) as { readonly toolsets: FileEntries };
  const host = `${kind.id}.${namespace}.svc.cluster.local:${port}`;
  const told = toldOf(entries, kind.toolset);
  const questions = instancesOf(entries, kind.toolset).flatMap((one) => firstQuestions(kind.toolset, told, one));
  const asked = questions.map((question) => at(`http://${host}`, question));
  const verdict = await bench.judge.judge(text, { hosts: { [host]: port }, isImpatient: true, questions: asked });
  if (verdict.exception !== null) throw new Error(`HolmesGPT does not load the file: ${verdict.exception}`);
  const entry = verdict.toolsets[kind.toolset];
  return {
    store: kind.id,
    scheme: scheme.id,
    tenant,
    always: told.always,
    status: entries[kind.toolset] === undefined ? 'absent' : (entry?.status ?? 'absent'),
    asked: asked.map(({ about, params }, index) => {
      const answer = verdict.answers[index]!;
      return { about, params, hasData: hasData(answer), words: answer.error ?? answer.status };
    }),
  };
}

const namespace = 'observability';

/** A tool that takes a URL takes the whole one. */
function at(origin: string, question: FirstQuestion): FirstQuestion {
  const { url } = question.params;
  return typeof url === 'string' ? { ...question, params: { ...question.params, url: `${origin}${url}` } } : question;
}

/** A tenant that no list has: a line in the annotations of its Service is what has to be written for it. */
export const annotatedTenant = 'team-checkout';

/** The Service that stands for the store: its address and port are where the store really is. */
function standIn(
  { id, service: { labels, portName } }: StoreKind,
  port: number,
  tenant: Tenant,
): ReturnType<typeof service> {
  const annotations = tenant === annotatedTenant ? { 'kubernaut.io/toolset-tenant': tenant } : {};
  const one = service({ namespace, name: id, labels, annotations, ports: [{ name: portName, port }] });
  return { ...one, spec: { ...(one.spec as object), clusterIP: '127.0.0.1' } };
}

async function generate(
  { program, folder }: Bench,
  store: ReturnType<typeof service>,
  learning: Learning,
  stores: readonly object[],
): Promise<string> {
  const discovery = { firstQuestion: learning };
  const path = await gitFolder(folder, {
    'toolset.yaml': toolsetYaml({ target: { version: '0.45' }, discovery, stores }),
  });
  const snapshot = join(await mkdtemp(join(folder, 'snapshot-')), 'snapshot.json');
  await writeFile(snapshot, recording(...cluster(), store));
  const args = ['generate', '--path', path, '--snapshot', snapshot, '--check', 'http'];
  const { code, stdout, stderr } = await program.run(args);
  if (code !== 0) throw new Error(`generate exited with ${String(code)}: ${stderr}`);
  const { data } = parse(stdout) as { readonly data: Readonly<Record<string, string>> };
  return data['custom_toolset.yaml'] ?? '';
}

/** Several tenants, which Git names where the store lists none. */
function declaredOf({ toolset }: StoreKind, tenant: Tenant): readonly object[] {
  const tenants = tenantsOf(tenant).filter((one) => one !== null);
  return tenants.length > 1 && toolset !== 'victorialogs' ? [{ toolset, tenants }] : [];
}

/** What else is in the cluster: namespaces whose pods write. */
function cluster(): readonly ReturnType<typeof service>[] {
  const namespaces = ['default', 'kube-system', 'shop', namespace].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  const services = [
    service({ namespace: 'shop', name: 'cart' }),
    service({ namespace: 'kube-system', name: 'kube-dns' }),
  ];
  return [...namespaces, ...services];
}
