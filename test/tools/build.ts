import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { moduleFolder, releaseOf } from './releases.ts';

export interface ToolModule {
  /** The folder next to this file that holds its go.mod. */
  readonly folder: string;
  /** The tools it makes: file name -> Go package. */
  readonly programs: Readonly<Record<string, string>>;
  /** Files beside them, as they are in a Go module that it requires: file name -> place in it. */
  readonly files?: { readonly from: string; readonly copy: Readonly<Record<string, string>> };
  /** What upstream's own build sets. */
  readonly tags?: string;
  /** What the linker is told beyond "no symbols", such as the version to report. */
  readonly link: (goMod: string) => readonly string[];
}

const etcd: ToolModule = {
  folder: 'etcd',
  programs: { etcd: 'go.etcd.io/etcd/server/v3' },
  link: () => [],
};

const kubernetes: ToolModule = {
  folder: moduleFolder('kubernetes'),
  programs: {
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  },
  link: stampKubernetes,
};

/** One program; what it does is decided by the name that it is started under. */
const argoCd: ToolModule = {
  folder: moduleFolder('argo-cd'),
  programs: { argocd: 'github.com/argoproj/argo-cd/v3/cmd' },
  link: () => [],
};

/** What Argo CD's manifests say, for suites that do not run it: needs a download, no build. */
const argoCdManifests: ToolModule = {
  folder: moduleFolder('argo-cd'),
  programs: {},
  files: {
    from: 'github.com/argoproj/argo-cd/v3',
    copy: {
      'application-crd.yaml': 'manifests/crds/application-crd.yaml',
      'appproject-crd.yaml': 'manifests/crds/appproject-crd.yaml',
      'git-verify-wrapper.sh': 'hack/git-verify-wrapper.sh',
      'repo-server.yaml': 'manifests/base/repo-server/argocd-repo-server-deployment.yaml',
    },
  },
  link: () => [],
};

/** Definitions alone: what a cluster with the Prometheus Operator checks ServiceMonitors and PrometheusRules with. */
const prometheusOperator: ToolModule = {
  folder: 'prometheus-operator',
  programs: {},
  files: {
    from: 'github.com/prometheus-operator/prometheus-operator',
    copy: {
      'prometheus-rule-crd.yaml': 'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
      'service-monitor-crd.yaml': 'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
    },
  },
  link: () => [],
};

/** The definition alone: what a cluster with grafana-operator checks its data sources with. */
const grafanaOperator: ToolModule = {
  folder: 'grafana-operator',
  programs: {},
  files: {
    from: 'github.com/grafana/grafana-operator/v5',
    copy: { 'grafana-datasource-crd.yaml': 'config/crd/bases/grafana.integreatly.org_grafanadatasources.yaml' },
  },
  link: () => [],
};

/** Renders and installs the chart. */
const helm: ToolModule = {
  folder: moduleFolder('helm'),
  programs: { helm: `helm.sh/helm/v${releaseOf('helm') ?? '4'}/cmd/helm` },
  link: stampHelm,
};

/** krew's own judge of a manifest, and krew itself, which installs from one. */
const krew: ToolModule = {
  folder: 'krew',
  programs: {
    krew: 'sigs.k8s.io/krew/cmd/krew',
    'validate-krew-manifest': 'sigs.k8s.io/krew/cmd/validate-krew-manifest',
  },
  link: () => [],
};

/** Reads workflows as GitHub does. */
const actionlint: ToolModule = {
  folder: 'actionlint',
  programs: { actionlint: 'github.com/rhysd/actionlint/cmd/actionlint' },
  link: () => [],
};

/** Every tool and the module that makes it. A further module is one more constant above and its rows here. */
const makers = {
  etcd: { file: 'etcd', module: etcd },
  kubeApiserver: { file: 'kube-apiserver', module: kubernetes },
  kubeControllerManager: { file: 'kube-controller-manager', module: kubernetes },
  kubectl: { file: 'kubectl', module: kubernetes },
  argoCd: { file: 'argocd', module: argoCd },
  applicationCrd: { file: 'application-crd.yaml', module: argoCdManifests },
  appProjectCrd: { file: 'appproject-crd.yaml', module: argoCdManifests },
  gitVerifyWrapper: { file: 'git-verify-wrapper.sh', module: argoCdManifests },
  repoServerDeployment: { file: 'repo-server.yaml', module: argoCdManifests },
  helm: { file: 'helm', module: helm },
  krew: { file: 'krew', module: krew },
  validateKrewManifest: { file: 'validate-krew-manifest', module: krew },
  actionlint: { file: 'actionlint', module: actionlint },
  grafanaDatasourceCrd: { file: 'grafana-datasource-crd.yaml', module: grafanaOperator },
  prometheusRuleCrd: { file: 'prometheus-rule-crd.yaml', module: prometheusOperator },
  serviceMonitorCrd: { file: 'service-monitor-crd.yaml', module: prometheusOperator },
} as const satisfies Record<string, { readonly file: string; readonly module: ToolModule }>;

export type ToolName = keyof typeof makers;
export type Tools = Readonly<Record<ToolName, string>>;

/** What is built together, as the command line names it. */
const groups = {
  etcd: [etcd],
  manifests: [argoCdManifests, prometheusOperator, grafanaOperator],
  kubernetes: [kubernetes],
  'argo-cd': [argoCd, argoCdManifests],
  helm: [helm],
  release: [krew, actionlint],
} as const satisfies Record<string, readonly ToolModule[]>;

export type ToolGroup = keyof typeof groups;
export const toolGroups = Object.keys(groups) as readonly ToolGroup[];

/** Builds what is not in the cache yet. The first time takes minutes; after that it only looks. */
export async function buildTools(
  log: (line: string) => void = ignore,
  names: readonly ToolGroup[] = toolGroups,
): Promise<Tools> {
  for (const module of names.flatMap((name): readonly ToolModule[] => groups[name])) await buildModule(module, log);
  return toolPaths();
}

/** Where the tools are once they are built. */
export function toolPaths(): Tools {
  const entries = Object.entries(makers).map(([name, { file, module }]) => [name, join(cacheFolder(module), file)]);
  return Object.fromEntries(entries) as Tools;
}

/** Those of `names` that have not been built for the go.mod files as they are now. */
export function missingTools(names: readonly ToolName[]): readonly ToolName[] {
  const paths = toolPaths();
  return names.filter((name) => !existsSync(paths[name]));
}

/** A module's folder appears by a rename, so that it is whole or absent, even where several processes build it. */
export async function buildModule(module: ToolModule, log: (line: string) => void): Promise<void> {
  const folder = cacheFolder(module);
  if (existsSync(folder)) {
    log(`${module.folder}: already built in ${folder}`);
    return;
  }
  await mkdir(dirname(folder), { recursive: true });
  const draft = await mkdtemp(`${folder}.`);
  try {
    await buildPrograms(module, draft, log);
    await copyFiles(module, draft);
    await rename(draft, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    log(`${module.folder}: built in ${folder}`);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Programs of one module are compiled together: one is linked while the next is compiled. */
async function buildPrograms(module: ToolModule, folder: string, log: (line: string) => void): Promise<void> {
  const [first, ...others] = Object.entries(module.programs);
  if (first === undefined) return;
  const sources = Object.values(module.programs);
  log(`${module.folder}: building ${Object.keys(module.programs).join(', ')} from ${sources.join(' ')}`);
  // Into a folder, Go names each by the end of its package's path, which is its name where there are several.
  const output = others.length === 0 ? join(folder, first[0]) : `${folder}/`;
  await runGo(module, ['build', ...buildFlags(module), '-o', output, ...sources]);
}

/** The module cache is read-only; what is copied can be started and deleted. */
async function copyFiles(module: ToolModule, folder: string): Promise<void> {
  if (!module.files) return;
  await runGo(module, ['mod', 'download', module.files.from]);
  const source = await runGo(module, ['list', '-m', '-f', '{{.Dir}}', module.files.from]);
  for (const [file, path] of Object.entries(module.files.copy)) {
    await copyFile(join(source.trim(), path), join(folder, file));
    await chmod(join(folder, file), 0o755);
  }
}

/** Named by all that decides the content, so that a changed go.mod never meets an old program. */
export function cacheFolder(module: ToolModule): string {
  const hash = createHash('sha256')
    .update(readModuleFile(module, 'go.mod'))
    .update(readModuleFile(module, 'go.sum'))
    .update(JSON.stringify([buildFlags(module), module.programs, process.platform, process.arch]))
    .update(module.files ? JSON.stringify(module.files) : '');
  const root = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return join(root, 'dynamic-toolset-tests', 'tools', hash.digest('hex').slice(0, 16));
}

function buildFlags(module: ToolModule): readonly string[] {
  const tags = module.tags === undefined ? [] : ['-tags', module.tags];
  return ['-trimpath', ...tags, '-ldflags', ['-s', '-w', ...module.link(readModuleFile(module, 'go.mod'))].join(' ')];
}

/** Unstamped, the server says v0.0.0 and clients that look at its version misbehave. */
function stampKubernetes(goMod: string): readonly string[] {
  const version = requiredKubernetes(goMod);
  const [gitMajor = '', gitMinor = ''] = version.slice(1).split('.');
  const stamps = { gitVersion: version, gitMajor, gitMinor };
  return Object.entries(stamps).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
}

/** Unstamped, it would not say which release it is, and Helm 3 would take a cluster that it does not ask for Kubernetes 1.20. */
function stampHelm(goMod: string): readonly string[] {
  const [, module = '', version] = /^\s*(?:require )?(helm\.sh\/helm\/v\d+) (v\S+)/m.exec(goMod) ?? [];
  const [, minor] = /^\s*k8s\.io\/client-go v0\.(\d+)/m.exec(goMod) ?? [];
  if (!version || !minor) throw new Error('helm/go.mod requires no version of helm.sh/helm or of k8s.io/client-go');
  const kubernetes = ['pkg/chartutil', 'pkg/lint/rules'].flatMap((path) => [
    `-X ${module}/${path}.k8sVersionMajor=1`,
    `-X ${module}/${path}.k8sVersionMinor=${minor}`,
  ]);
  return [`-X ${module}/internal/version.version=${version}`, ...(module.endsWith('/v3') ? kubernetes : [])];
}

/** The release that is used, such as `v1.37.2`. */
export function kubernetesVersion(): string {
  return requiredKubernetes(readModuleFile(kubernetes, 'go.mod'));
}

function requiredKubernetes(goMod: string): string {
  const [, version] = /^\s*(?:require )?k8s\.io\/kubernetes (v\d+\.\d+\.\S+)/m.exec(goMod) ?? [];
  if (version === undefined) throw new Error('kubernetes/go.mod requires no version of k8s.io/kubernetes');
  return version;
}

/** The release that is used, such as `v3.6.1`. */
export function argoCdVersion(): string {
  const [, version] =
    /^\s*(?:require )?github\.com\/argoproj\/argo-cd\/v3 (v\S+)/m.exec(readModuleFile(argoCd, 'go.mod')) ?? [];
  if (version === undefined) throw new Error('argo-cd/go.mod requires no version of Argo CD');
  return version;
}

export function readModuleFile(module: Pick<ToolModule, 'folder'>, name: string): string {
  return readFileSync(join(import.meta.dirname, module.folder, name), 'utf8');
}

/**
 * Answers what it printed. GOFLAGS and GOWORK are fixed: a person's own could change what is built. Where a go.mod has a
 * `toolchain`, Go takes that release of itself from the module proxy, whatever the machine has. A compiler that collects
 * its garbage less often needs 15 % less time, and some hundred MB more.
 */
async function runGo(module: ToolModule, args: readonly string[]): Promise<string> {
  const [, toolchain] = /^toolchain (\S+)/m.exec(readModuleFile(module, 'go.mod')) ?? [];
  const fixed = { GOFLAGS: '-buildvcs=false', GOWORK: 'off', ...(toolchain ? { GOTOOLCHAIN: toolchain } : {}) };
  const env = { GOGC: '400', ...process.env, ...fixed };
  const cwd = join(import.meta.dirname, module.folder);
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  const child = spawn('go', args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  child.once('error', reject).once('close', resolve);
  const printed = text(child.stdout);
  const code = await promise.catch((cause: unknown) => {
    const wanted = /^go (\S+)/m.exec(readModuleFile(module, 'go.mod'))?.[1] ?? '';
    const programs = Object.keys(module.programs).join(', ');
    throw new Error(`cannot build ${programs}: no "go" on PATH, install Go ${wanted} or newer`, { cause });
  });
  if (code !== 0) throw new Error(`"go ${args.join(' ')}" in ${cwd} exited with ${String(code)}`);
  return printed;
}

function ignore(): void {
  // Quiet unless told otherwise.
}

if (import.meta.main) {
  const chosen = process.argv.slice(2);
  const unknown = chosen.filter((name) => !toolGroups.includes(name as ToolGroup));
  if (unknown.length > 0) throw new Error(`invalid argument "${unknown.join(' ')}": expected ${toolGroups.join(', ')}`);
  const log = (line: string): void => {
    console.log(line);
  };
  const tools = await buildTools(log, chosen.length > 0 ? (chosen as ToolGroup[]) : toolGroups);
  for (const [name, path] of Object.entries(tools)) if (existsSync(path)) console.log(`${name}: ${path}`);
}
