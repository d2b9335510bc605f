import { expect } from 'chai';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { configKeys, entryKeys, knownToolset, knownType } from '../../plugin/consumers/holmesgpt/catalog.ts';
import type { ConfigKey } from '../../plugin/consumers/holmesgpt/catalog.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { startGuard } from '../cluster/parts/process.ts';
import type { Guard } from '../cluster/parts/process.ts';
import { gitFolder, toolsetYaml } from '../cluster/support/program.ts';
import { authority } from '../support/certificate.ts';
import { realPart } from '../support/real-part.ts';
import { recording } from '../support/objects.ts';
import { runHere } from '../support/run.ts';
import type { HolmesVersion } from '../tools/holmesgpt.ts';
import { holmesVersions } from '../tools/holmesgpt.ts';
import type { Backend } from './backends/server.ts';
import { minorOf } from './library.ts';
import { hasHolmes, startJudge } from './judge.ts';
import type { Circumstances, Judge, JudgedToolset, Judges, Verdict } from './judge.ts';

/** What the tests of one file share. */
export interface Suite {
  /** A folder of its own; `bin` in it is where HolmesGPT finds commands. */
  readonly folder: string;
  readonly judges: Judges;
  readonly guard: Guard;
  readonly generate: (git: Git, services: readonly KubeObject[], check?: 'http' | 'none') => Promise<Generated>;
}

/** What stands in Git. */
export interface Git {
  /** The consumer's version, such as `0.45`. */
  readonly version?: string;
  /** The rest of `spec`. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, unknown>>;
}

export interface Entry {
  readonly enabled: boolean;
  readonly description?: string;
  readonly type?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** What the program printed for HolmesGPT. */
export interface Generated {
  readonly version: string;
  readonly text: string;
  readonly file: {
    readonly toolsets: Readonly<Record<string, Entry>>;
    readonly mcp_servers?: Readonly<Record<string, Entry>>;
  };
  readonly stderr: string;
}

/** A Service, and what really answers at its port. */
export interface Placed {
  readonly service: KubeObject;
  readonly port: number;
  readonly backend: Pick<Backend, 'port'>;
}

/** What is started once for all files: it takes seconds. */
type Parts = Pick<Suite, 'folder' | 'guard'>;
let parts: Promise<Parts> | undefined;
const judges = new Map<HolmesVersion, Promise<Judge>>();

/** The CA that every shared judge has been told of by its variable CERTIFICATE, in a bundle that it may write. */
export const privateCa = authority('cluster CA');

/** What a judge has in its environment to know that CA. */
export const certificateVariable = { CERTIFICATE: Buffer.from(privateCa.cert).toString('base64') } as const;

/** Called in a `describe`, with the releases that it asks: skips it where the real HolmesGPT is not installed. */
export function judgeSuite(versions = holmesVersions): Suite {
  const suite = {
    generate: (git: Git, services: readonly KubeObject[], check?: 'http' | 'none') =>
      generate(suite, git, services, check),
  } as Suite;
  before(async function () {
    if (!realPart('HolmesGPT', hasHolmes(), 'node test/tools/holmesgpt.ts')) this.skip();
    Object.assign(suite, await (parts ??= startParts()));
    for (const version of versions) if (!judges.has(version)) judges.set(version, startSharedJudge(version, suite));
    const started = await Promise.all(versions.map((version) => judges.get(version)!));
    Object.assign(suite, { judges: Object.fromEntries(started.map((judge) => [judge.version, judge])) });
  });
  return suite;
}

async function startParts(): Promise<Parts> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-judge-'));
  const guard = startGuard(folder);
  await mkdir(join(folder, 'bin'));
  // HolmesGPT runs it twice for each file, and wants to know no more than that it is there.
  await writeFile(join(folder, 'bin/kubectl'), '#!/bin/sh\n', { mode: 0o755 });
  return { folder, guard };
}

async function startSharedJudge(version: HolmesVersion, { folder, guard }: Parts): Promise<Judge> {
  const judge = await startJudge(version, folder, { env: certificateVariable });
  guard.add(judge.pid);
  return judge;
}

after(async () => {
  if (!parts) return;
  const { folder, guard } = await parts;
  const outcomes = await Promise.allSettled(judges.values());
  // One that goes on alone would keep the tests from ending.
  for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.stop();
  guard.release();
  await rm(folder, { recursive: true });
});

/** The backends of one test, which are stopped after it. Called in a `describe`. */
export function backendsOfEach(): <B extends Backend>(backend: Promise<B>) => Promise<B> {
  const running: Backend[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map(({ stop }) => stop()));
  });
  return async (backend) => {
    const one = await backend;
    running.push(one);
    return one;
  };
}

/** Name of the Service in the cluster's DNS. */
export function hostOf({ metadata }: KubeObject): string {
  return `${metadata.name}.${metadata.namespace ?? 'default'}.svc.cluster.local`;
}

/** Where HolmesGPT finds what was placed. */
export function hostsOf(...placed: readonly Placed[]): NonNullable<Circumstances['hosts']> {
  return Object.fromEntries(placed.map(({ service, port, backend }) => [`${hostOf(service)}:${port}`, backend.port]));
}

/** The releases that `nearest` answers. */
export const judgedVersions: readonly [HolmesVersion, HolmesVersion] = [holmesVersions[0]!, holmesVersions.at(-1)!];

/** The installed release that is the nearest to a version: those in between still know the names that they once had. */
export function nearest(version: string): HolmesVersion {
  const [oldest, newest] = judgedVersions;
  return minorOf(version) < 20 ? oldest : newest;
}

export async function judged(suite: Suite, generated: Generated, circumstances: Circumstances): Promise<Verdict> {
  const verdict = await suite.judges[nearest(generated.version)].judge(generated.text, circumstances);
  expect(verdict.exception, generated.text).to.equal(null);
  return verdict;
}

/** The same with a user in the URL of the one database, which is then switched on. */
export function loggedIn(generated: Generated): Generated {
  const text = generated.text
    .replace(/(connection_url: "[^"]*?:\/\/)/, '$1holmes:pw@')
    .replace(/(enabled:) false/, '$1 true');
  return { ...generated, text };
}

/** Every entry of ours that ended otherwise than we meant it, and why. None, where HolmesGPT took all of them. */
export function differences({ file }: Generated, { toolsets }: Verdict): readonly string[] {
  return entriesOf(file).flatMap(([name, { enabled }]) => {
    // It asks for a command of HolmesGPT's image, which a machine that runs tests may lack.
    if (name === 'kubernetes/core') return [];
    const one = toolsets[name];
    const wanted = enabled ? 'enabled' : 'disabled';
    return one?.status === wanted ? [] : [`${name} is ${one?.status ?? 'dropped'}, not ${wanted}: ${one?.error ?? ''}`];
  });
}

/** Keys that this release would pass over in silence: a setting that we meant would be lost. */
export function ignoredKeys({ file, version }: Generated): readonly string[] {
  const minor = minorOf(version);
  return entriesOf(file).flatMap(([name, entry, section]) => {
    const type = section === 'mcp_servers' ? 'mcp' : (entry.type ?? '');
    const known = (section === 'toolsets' ? knownToolset(name, minor) : null) ?? knownType(type, minor);
    const keys = known && configKeys(known, minor);
    return [
      ...Object.keys(entry).filter((key) => !Object.hasOwn(entryKeys, key)),
      ...unknownKeys(entry.config ?? {}, keys ?? {}, name),
    ];
  });
}

/** The effective config of the one instance that there is. */
export function lone({ effective }: JudgedToolset): Readonly<Record<string, unknown>> {
  expect(Object.keys(effective)).to.deep.equal(['default']);
  return effective.default!;
}

function entriesOf(file: Generated['file']): readonly (readonly [string, Entry, string])[] {
  return Object.entries(file).flatMap(([section, entries]) =>
    Object.entries(entries).map(([name, entry]) => [name, entry, section] as const),
  );
}

function unknownKeys(value: object, keys: Readonly<Record<string, ConfigKey>>, path: string): readonly string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const key = keys[name];
    const at = `${path}.${name}`;
    if (!key) return [at];
    if (key.items === undefined || typeof inner !== 'object' || inner === null) return [];
    const { items } = key;
    return (Array.isArray(inner) ? (inner as object[]) : [inner]).flatMap((one) => unknownKeys(one, items, at));
  });
}

/** In this process, for HolmesGPT judges what is printed: a process each would take as long as all that HolmesGPT does. */
async function generate(
  { folder }: Parts,
  { version = '0.45', spec = {}, files = {} }: Git,
  services: readonly KubeObject[],
  check: 'http' | 'none' = 'none',
): Promise<Generated> {
  const { target, ...rest } = spec;
  const settings = toolsetYaml({ ...rest, target: { ...(target as object), version } });
  const path = await gitFolder(folder, { 'toolset.yaml': settings, ...files });
  const snapshot = join(path, 'snapshot.json');
  // A recording without any object is refused: it could be one that failed.
  await writeFile(
    snapshot,
    recording({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }, ...services),
  );
  const { code, stdout, stderr } = await runHere([
    'generate',
    '--path',
    path,
    '--snapshot',
    snapshot,
    '--check',
    check,
  ]);
  expect(code, stderr).to.equal(0);
  const { data } = parse(stdout) as { readonly data: Readonly<Record<string, string>> };
  const text = data['custom_toolset.yaml']!;
  return { version, text, file: parse(text, { version: '1.1' }) as Generated['file'], stderr };
}
