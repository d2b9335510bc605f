import { parseArgs } from 'node:util';
import type { ForgeAccess } from '../../propose/forge/forge.ts';
import { forgeKinds } from '../../propose/forge/forge.ts';
import { nameAt, defaultApiUrl } from '../../propose/forge/place.ts';
import type { GitAccess, MachineVariables } from '../../propose/git/access.ts';
import type { RepositoryUrl } from '../../propose/repository-url.ts';
import { isLoopback, parseRepositoryUrl } from '../../propose/repository-url.ts';
import { isBranchName, isRepositoryPath } from '../../propose/target.ts';
import type { Environment } from './environment.ts';
import type { Flags } from './flags.ts';
import { duration, oneOf, parseFlags, parseOptions } from './flags.ts';
import type { FlagName, Option } from './options.ts';
import { options } from './options.ts';
import { expected, usage } from './usage.ts';

/** What to write: the whole file, or the value of one key. */
export const proposalForms = ['manifest', 'file', 'toolsets', 'text'] as const;
export type ProposalForm = (typeof proposalForms)[number];

/** Flags that `propose` shares with other commands. */
const shared = [
  ...(['path', 'snapshot', 'check', 'kubeconfig', 'context', 'cluster', 'clusters', 'cluster-secret'] as const),
  ...([
    'argocd-namespace',
    'allow-any-cluster',
    'allow-insecure-clusters',
    'allow-service-proxy',
    'cluster-exec',
  ] as const),
  ...(['policy', 'project', 'verbose'] as const),
];

/** Flags of `propose` only. */
const own = {
  output: { ...options.output, values: ['text', 'json'], default: 'text' },
  repository: {
    type: 'string',
    value: 'URL',
    about: 'the Git repository: https, ssh, git@HOST:PATH or the path of a folder',
  },
  base: {
    type: 'string',
    value: 'BRANCH',
    about: "branch to propose to; by default the repository's default branch",
  },
  file: { type: 'string', value: 'PATH', about: 'file to write, relative to the root of the repository' },
  key: {
    type: 'string',
    value: 'POINTER',
    about: 'only write the value under this key of the file, such as /holmes/toolsets',
  },
  form: {
    type: 'string',
    value: 'KIND',
    values: proposalForms,
    about: 'what to write; by default manifest, or toolsets with --key',
  },
  settings: {
    type: 'string',
    value: 'DIR',
    about: 'folder of the repository with toolset.yaml, overrides.yaml and patches.yaml, instead of --path',
  },
  settle: {
    type: 'string',
    value: 'TIME',
    default: '10m',
    about: 'how long a change has to last before it is proposed',
  },
  'state-file': {
    type: 'string',
    value: 'FILE',
    about:
      'where to keep changes that have not settled; by default a reference of the repository, refs/dynamic-toolset/*',
  },
  branch: { type: 'string', value: 'NAME', about: 'branch of the proposal; by default one per target' },
  author: {
    type: 'string',
    value: 'NAME <EMAIL>',
    default: 'dynamic-toolset <dynamic-toolset@noreply.invalid>',
    about: 'author of the commits',
  },
  'git-token-file': { type: 'string', value: 'FILE', about: 'file with the token or password for https' },
  'git-username': {
    type: 'string',
    value: 'NAME',
    default: 'x-access-token',
    about: 'user name to send with the token',
  },
  'git-ca-file': { type: 'string', value: 'FILE', about: "CA certificate of the repository's server" },
  'ssh-key-file': { type: 'string', value: 'FILE', about: 'private key for ssh' },
  'known-hosts-file': { type: 'string', value: 'FILE', about: 'host keys to trust for ssh, and no others' },
  'signing-key-file': { type: 'string', value: 'FILE', about: 'SSH key that signs commits' },
  forge: {
    type: 'string',
    value: 'KIND',
    values: forgeKinds,
    about: 'keep a pull request for the branch',
  },
  'forge-token-file': { type: 'string', value: 'FILE', about: "file with the token for the forge's API" },
  'forge-url': {
    type: 'string',
    value: 'URL',
    about: "URL of the forge's API; by default the usual one for the host of --repository",
  },
  'dry-run': { type: 'boolean', about: 'say what would be done, and write nothing' },
} as const satisfies Readonly<Record<string, Option>>;

/** The deadline covers the whole run. */
const deadline = { ...options.deadline, default: '2m' };

/** All flags of `propose`, in the order of help. */
export const proposeOptions = {
  ...own,
  ...(Object.fromEntries(shared.map((name) => [name, options[name]])) as Pick<typeof options, (typeof shared)[number]>),
  deadline,
} as const satisfies Readonly<Record<string, Option>>;

/** The parsed flags of `propose`. */
export interface ProposeFlags extends Flags {
  readonly repository: RepositoryUrl;
  readonly base: string | undefined;
  readonly file: string;
  readonly key: string | null;
  readonly form: ProposalForm;
  readonly settings: string | undefined;
  readonly settleMs: number;
  readonly stateFile: string | undefined;
  readonly branch: string | undefined;
  readonly access: GitAccess;
  readonly forge: Pick<ForgeAccess, 'kind' | 'url' | 'tokenFile' | 'repository'> | null;
  readonly isDryRun: boolean;
  readonly machine: MachineVariables;
}

type Values = ReturnType<typeof parseOptions<typeof own>>;

/** Fails with USAGE. */
export function parseProposeFlags(args: readonly string[], environment: Environment = {}): ProposeFlags {
  // First, so that an unknown flag is compared with all of them.
  parseOptions(args, proposeOptions);
  const [ownArgs, others] = divided(args);
  const values = parseOptions(ownArgs, own);
  const picked = { ...Object.fromEntries(shared.map((name) => [name, options[name]])), deadline } as Readonly<
    Partial<Record<FlagName, Option>>
  >;
  const withDeadline = others.some((one) => /^--deadline(?:=|$)/.test(one)) ? others : [...others, '--deadline=2m'];
  const flags = parseFlags(withDeadline, { options: picked }, environment);
  const repository = repositoryOf(values);
  const key = keyOf(values.key);
  return {
    ...flags,
    output: oneOf('--output', values.output, ['text', 'json']),
    repository,
    base: branchOf('--base', values.base),
    file: pathOf('--file', values.file) ?? missing('--file'),
    key,
    form: formOf(values.form, key),
    settings: values.settings === '.' ? '.' : pathOf('--settings', values.settings),
    settleMs: values.settle === '0s' ? 0 : duration('--settle', values.settle),
    stateFile: values['state-file'],
    branch: branchOf('--branch', values.branch),
    access: accessOf(values, repository),
    forge: forgeOf(values, repository),
    isDryRun: values['dry-run'] ?? false,
    machine: environment.machine ?? {},
  };
}

/** The arguments for this command's own flags, and all others. */
function divided(args: readonly string[]): readonly [string[], string[]] {
  const { tokens } = parseArgs({ args: [...args], options: proposeOptions, strict: false, tokens: true });
  const [ours, others]: [string[], string[]] = [[], []];
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const list = Object.hasOwn(own, token.name) ? ours : others;
    list.push(token.value === undefined ? `--${token.name}` : `--${token.name}=${token.value}`);
  }
  return [ours, others];
}

function missing(flag: string): never {
  throw usage.flagMissing('propose', flag);
}

function repositoryOf({ repository: text }: Values): RepositoryUrl {
  const parsed = parseRepositoryUrl(text ?? missing('--repository'));
  if (!('mistake' in parsed)) return parsed;
  // Not shown: it may contain a password.
  throw usage.invalid('--repository', '…', parsed.mistake);
}

function branchOf(flag: string, text: string | undefined): string | undefined {
  if (text === undefined || isBranchName(text)) return text;
  throw usage.invalid(flag, text, expected.branch);
}

function pathOf(flag: string, text: string | undefined): string | undefined {
  if (text === undefined || isRepositoryPath(text)) return text;
  throw usage.invalid(flag, text, expected.repositoryPath);
}

function keyOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (/^(?:\/(?:[^/~\p{Cc}]|~[01])+){1,20}$/u.test(text) && text.length <= 1_000) return text;
  throw usage.invalid('--key', text, expected.pointer);
}

function formOf(text: string | undefined, key: string | null): ProposalForm {
  const form = oneOf('--form', text, proposalForms) ?? (key === null ? 'manifest' : 'toolsets');
  const isOfKey = form === 'toolsets' || form === 'text';
  if (isOfKey && key === null) throw usage.flagMissing(`--form ${form}`, '--key');
  if (!isOfKey && key !== null) throw usage.conflict(`--form ${form}`, '--key', 'it writes the whole file');
  return form;
}

function accessOf(values: Values, { protocol, host }: RepositoryUrl): GitAccess {
  const [tokenFile, sshKeyFile] = [values['git-token-file'], values['ssh-key-file']];
  if (tokenFile !== undefined && protocol === 'http' && !isLoopback(host))
    throw usage.conflict('--git-token-file', 'http', 'the token would be sent in the clear; write https');
  if (tokenFile !== undefined && (protocol === 'ssh' || protocol === 'file'))
    throw usage.conflict('--git-token-file', protocol, 'a token is for https');
  if (protocol === 'ssh' && values['known-hosts-file'] === undefined)
    throw usage.flagMissing('ssh', '--known-hosts-file');
  if (protocol === 'ssh' && sshKeyFile === undefined) throw usage.flagMissing('ssh', '--ssh-key-file');
  const [, name = '', email = ''] = /^([^<>\p{Cc}]+) <([^<>\s\p{Cc}]+)>$/u.exec(values.author) ?? [];
  if (name === '') throw usage.invalid('--author', values.author, expected.author);
  if (/\p{Cc}/u.test(values['git-username'])) throw usage.invalid('--git-username', values['git-username'], 'a name');
  return {
    tokenFile,
    username: values['git-username'],
    caFile: values['git-ca-file'],
    sshKeyFile,
    knownHostsFile: values['known-hosts-file'],
    signingKeyFile: values['signing-key-file'],
    author: { name, email },
  };
}

function forgeOf(values: Values, repository: RepositoryUrl): ProposeFlags['forge'] {
  const kind = oneOf('--forge', values.forge, forgeKinds);
  const [tokenFile, given] = [values['forge-token-file'], values['forge-url']];
  if (kind === undefined) {
    if (tokenFile !== undefined) throw usage.flagMissing('--forge-token-file', '--forge');
    if (given !== undefined) throw usage.flagMissing('--forge-url', '--forge');
    return null;
  }
  if (tokenFile === undefined) throw usage.flagMissing('--forge', '--forge-token-file');
  const url = given ?? defaultApiUrl(kind, repository);
  if (url === null) throw usage.flagMissing('--forge', '--forge-url');
  const parsed = URL.parse(url);
  const isSafe = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLoopback(parsed.host));
  if (!isSafe || parsed.username !== '')
    throw usage.invalid('--forge-url', parsed?.username ? '…' : url, expected.forgeUrl);
  return { kind, url: url.replace(/\/+$/, ''), tokenFile, repository: nameAt(kind, url, repository) };
}
