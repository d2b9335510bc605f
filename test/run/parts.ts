import { spawnSync } from 'node:child_process';
import { chromiumRemedy, findChromium } from '../tools/chromium.ts';
import { holmesPython, holmesVersions } from '../tools/holmesgpt.ts';
import { hasSshd } from '../support/git-server.ts';
import { missingTools } from '../tools/build.ts';
import type { ToolName } from '../tools/build.ts';
import { preCommitPython } from '../tools/pre-commit.ts';
import { findPython } from '../tools/python.ts';
import { schemathesisPython } from '../tools/schemathesis.ts';

/** A real part that `npm test` itself builds if missing, once per machine. */
export interface BuiltPart {
  readonly title: string;
  readonly isBuilt: () => boolean;
  /** What is built with Go, or read from a Go module. */
  readonly tools?: readonly ToolName[];
  /** Measured on 2 idle cores. */
  readonly minutes: number;
  /** The program that builds it. */
  readonly with: 'go' | 'python3';
  readonly command: readonly string[];
}

/** A system program that suites need, and how to install it on Debian. */
export interface NeededProgram {
  readonly title: string;
  readonly isThere: () => boolean;
  readonly remedy: string;
  /** What cannot run without it. */
  readonly neededBy: string;
}

const tool = (name: string, ...args: readonly string[]): readonly string[] => [
  'node',
  `test/tools/${name}.ts`,
  ...args,
];
const built = (...tools: readonly ToolName[]): Required<Pick<BuiltPart, 'tools' | 'isBuilt' | 'with'>> => ({
  tools,
  isBuilt: () => missingTools(tools).length === 0,
  with: 'go',
});

/** In build order: what most suites wait for comes first. */
export const builtParts = [
  {
    title: 'etcd',
    ...built('etcd'),
    minutes: 1,
    command: tool('build', 'etcd'),
  },
  {
    title: 'manifests',
    ...built('applicationCrd', 'appProjectCrd', 'repoServerDeployment', 'serviceMonitorCrd', 'grafanaDatasourceCrd'),
    minutes: 0.2,
    command: tool('build', 'manifests'),
  },
  {
    title: 'Kubernetes',
    ...built('kubeApiserver', 'kubeControllerManager', 'kubectl'),
    minutes: 6,
    command: tool('build', 'kubernetes'),
  },
  {
    title: 'Argo CD',
    ...built('argoCd'),
    minutes: 5,
    command: tool('build', 'argo-cd'),
  },
  {
    title: 'Helm',
    ...built('helm'),
    minutes: 2,
    command: tool('build', 'helm'),
  },
  {
    title: 'krew, actionlint',
    ...built('krew', 'validateKrewManifest', 'actionlint'),
    minutes: 1,
    command: tool('build', 'release'),
  },
  {
    title: 'PyYAML',
    isBuilt: () => findPython() !== null,
    minutes: 0.2,
    with: 'python3',
    command: tool('python'),
  },
  {
    title: 'pre-commit',
    isBuilt: () => preCommitPython() !== null,
    minutes: 0.2,
    with: 'python3',
    command: tool('pre-commit'),
  },
  {
    title: 'schemathesis',
    isBuilt: () => schemathesisPython() !== null,
    minutes: 0.5,
    with: 'python3',
    command: tool('schemathesis'),
  },
  {
    title: 'HolmesGPT',
    isBuilt: () => holmesVersions.every((version) => holmesPython(version) !== null),
    minutes: 1,
    with: 'python3',
    command: tool('holmesgpt'),
  },
] as const satisfies readonly BuiltPart[];

const runs =
  (program: string, ...args: readonly string[]) =>
  (): boolean =>
    !spawnSync(program, args.length > 0 ? args : ['--version'], { stdio: 'ignore' }).error;

export const neededPrograms: readonly NeededProgram[] = [
  { title: 'go', isThere: runs('go', 'version'), remedy: 'https://go.dev/dl', neededBy: 'parts built with Go' },
  {
    title: 'python3',
    isThere: () => spawnSync('python3', ['-c', 'import ensurepip'], { stdio: 'ignore' }).status === 0,
    remedy: 'apt-get install python3-venv',
    neededBy: 'parts installed with Python',
  },
  { title: 'git', isThere: runs('git'), remedy: 'apt-get install git', neededBy: 'real Argo CD' },
  {
    title: 'chromium',
    isThere: () => findChromium() !== null,
    remedy: chromiumRemedy,
    neededBy: 'the tests of the page',
  },
  { title: 'zsh', isThere: runs('zsh'), remedy: 'apt-get install zsh', neededBy: 'the tests of its completion' },
  { title: 'fish', isThere: runs('fish'), remedy: 'apt-get install fish', neededBy: 'the tests of its completion' },
  {
    title: 'redis-server',
    isThere: runs('redis-server'),
    remedy: 'apt-get install redis-server',
    neededBy: 'real Argo CD',
  },
  {
    title: 'sshd',
    isThere: hasSshd,
    remedy: 'apt-get install openssh-server',
    neededBy: 'proposals over SSH',
  },
  { title: 'setpriv', isThere: runs('setpriv'), remedy: 'apt-get install util-linux', neededBy: 'real Argo CD' },
  {
    title: 'prometheus',
    isThere: runs('prometheus'),
    remedy: 'apt-get install prometheus',
    neededBy: 'the tests of alerts and of real Prometheus servers',
  },
  {
    title: 'prometheus-alertmanager',
    isThere: runs('prometheus-alertmanager'),
    remedy: 'apt-get install prometheus-alertmanager',
    neededBy: 'the tests of a real Alertmanager',
  },
];
