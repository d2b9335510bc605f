import type { ForgeAccess } from '../../propose/forge/forge.ts';
import { forgeKinds } from '../../propose/forge/forge.ts';
import { nameAt, defaultApiUrl } from '../../propose/forge/place.ts';
import type { GitAccess } from '../../propose/git/access.ts';
import type { RepositoryUrl } from '../../propose/repository-url.ts';
import { isLoopback, parseRepositoryUrl } from '../../propose/repository-url.ts';
import { isBranchName, isRepositoryPath } from '../../propose/target.ts';
import type { Environment } from './environment.ts';
import type { ParsedFlags } from './flags.ts';
import { parseFlags } from './flags.ts';
import type { Option } from './options.ts';
import { options, optionsNamed } from './options.ts';
import { expected, usage } from './usage.ts';
import { durationOrNone, serverUrl } from './values.ts';
import { withoutTrailing } from '../../lib/trailing.ts';

/** What to write: the whole file, or the value of one key. */
export const proposalForms = ['manifest', 'file', 'toolsets', 'text'] as const;
export type ProposalForm = (typeof proposalForms)[number];

/** All flags of `propose`, in the order of help. */
export const proposeOptions = {
  output: { ...options.output, values: ['text', 'json'], default: 'text' },
  repository: {
    type: 'string',
    value: 'URL',
    parse: repositoryUrl,
    about: 'the Git repository: https, ssh, git@HOST:PATH or the path of a folder',
  },
  base: {
    type: 'string',
    value: 'BRANCH',
    parse: branchName,
    about: "branch to propose to; by default the repository's default branch",
  },
  file: {
    type: 'string',
    value: 'PATH',
    parse: repositoryPath,
    about: 'file to write, relative to the root of the repository',
  },
  key: {
    type: 'string',
    value: 'POINTER',
    parse: pointer,
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
    parse: repositoryFolder,
    about: 'folder of the repository with toolset.yaml, overrides.yaml and patches.yaml, instead of --path',
  },
  settle: {
    type: 'string',
    value: 'TIME',
    default: '10m',
    parse: durationOrNone,
    field: 'settleMs',
    about: 'how long a change has to last before it is proposed',
  },
  'state-file': {
    type: 'string',
    value: 'FILE',
    about:
      'where to keep changes that have not settled; by default a reference of the repository, refs/dynamic-toolset/*',
  },
  branch: {
    type: 'string',
    value: 'NAME',
    parse: branchName,
    about: 'branch of the proposal; by default one per target',
  },
  author: {
    type: 'string',
    value: 'NAME <EMAIL>',
    default: 'dynamic-toolset <dynamic-toolset@noreply.invalid>',
    parse: authorOf,
    about: 'author of the commits',
  },
  'git-token-file': { type: 'string', value: 'FILE', about: 'file with the token or password for https' },
  'git-username': {
    type: 'string',
    value: 'NAME',
    default: 'x-access-token',
    parse: userName,
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
  'dry-run': { type: 'boolean', field: 'isDryRun', about: 'say what would be done, and write nothing' },
  ...optionsNamed([
    ...(['path', 'snapshot', 'check', 'kubeconfig', 'context', 'own-cluster', 'cluster', 'clusters'] as const),
    ...([
      'cluster-secret',
      'argocd-namespace',
      'allow-any-cluster',
      'allow-insecure-clusters',
      'allow-service-proxy',
    ] as const),
    ...(['cluster-exec', 'policy', 'project', 'verbose'] as const),
  ]),
  /** Covers the whole run. */
  deadline: { ...options.deadline, default: '2m' },
} as const satisfies Readonly<Record<string, Option>>;

type Parsed = ParsedFlags<typeof proposeOptions>;

/** The parsed flags of `propose`, each in accordance with the others. */
export interface ProposeFlags extends Omit<Parsed, 'repository' | 'file' | 'key' | 'form' | 'forge'> {
  readonly repository: RepositoryUrl;
  readonly file: string;
  readonly key: string | null;
  readonly form: ProposalForm;
  readonly access: GitAccess;
  readonly forge: Pick<ForgeAccess, 'kind' | 'url' | 'tokenFile' | 'repository'> | null;
}

/** Fails with USAGE. */
export function parseProposeFlags(args: readonly string[], environment: Environment = {}): ProposeFlags {
  const flags = parseFlags(args, proposeOptions, environment);
  const { repository = missing('--repository'), file = missing('--file'), key = null } = flags;
  const form = formOf(flags.form, key);
  return {
    ...flags,
    repository,
    file,
    key,
    form,
    access: accessOf(flags, repository),
    forge: forgeOf(flags, repository),
  };
}

function missing(flag: string): never {
  throw usage.flagMissing('propose', flag);
}

function repositoryUrl(flag: string, text: string): RepositoryUrl {
  const parsed = parseRepositoryUrl(text);
  if (!('mistake' in parsed)) return parsed;
  // Not shown: it may contain a password.
  throw usage.invalid(flag, '…', parsed.mistake);
}

function branchName(flag: string, text: string): string {
  if (isBranchName(text)) return text;
  throw usage.invalid(flag, text, expected.branch);
}

function repositoryPath(flag: string, text: string): string {
  if (isRepositoryPath(text)) return text;
  throw usage.invalid(flag, text, expected.repositoryPath);
}

function repositoryFolder(flag: string, text: string): string {
  return text === '.' ? text : repositoryPath(flag, text);
}

function pointer(flag: string, text: string): string {
  if (/^(?:\/(?:[^/~\p{Cc}]|~[01])+){1,20}$/u.test(text) && text.length <= 1_000) return text;
  throw usage.invalid(flag, text, expected.pointer);
}

function authorOf(flag: string, text: string): GitAccess['author'] {
  const [, name = '', email = ''] = /^([^<>\p{Cc}]+) <([^<>\s\p{Cc}]+)>$/u.exec(text) ?? [];
  if (name === '') throw usage.invalid(flag, text, expected.author);
  return { name, email };
}

function userName(flag: string, text: string): string {
  if (/\p{Cc}/u.test(text)) throw usage.invalid(flag, text, 'a name');
  return text;
}

function formOf(given: ProposalForm | undefined, key: string | null): ProposalForm {
  const form = given ?? (key === null ? 'manifest' : 'toolsets');
  const isOfKey = form === 'toolsets' || form === 'text';
  if (isOfKey && key === null) throw usage.flagMissing(`--form ${form}`, '--key');
  if (!isOfKey && key !== null) throw usage.conflict(`--form ${form}`, '--key', 'it writes the whole file');
  return form;
}

function accessOf(flags: Parsed, { protocol, host }: RepositoryUrl): GitAccess {
  const { gitTokenFile: tokenFile, sshKeyFile, knownHostsFile, author } = flags;
  if (tokenFile !== undefined && protocol === 'http' && !isLoopback(host))
    throw usage.conflict('--git-token-file', 'http', 'the token would be sent in the clear; write https');
  if (tokenFile !== undefined && (protocol === 'ssh' || protocol === 'file'))
    throw usage.conflict('--git-token-file', protocol, 'a token is for https');
  if (protocol === 'ssh' && knownHostsFile === undefined) throw usage.flagMissing('ssh', '--known-hosts-file');
  if (protocol === 'ssh' && sshKeyFile === undefined) throw usage.flagMissing('ssh', '--ssh-key-file');
  const { gitUsername: username, gitCaFile: caFile, signingKeyFile } = flags;
  return { tokenFile, username, caFile, sshKeyFile, knownHostsFile, signingKeyFile, author };
}

function forgeOf(flags: Parsed, repository: RepositoryUrl): ProposeFlags['forge'] {
  const { forge: kind, forgeTokenFile: tokenFile, forgeUrl: given } = flags;
  if (kind === undefined) {
    if (tokenFile !== undefined) throw usage.flagMissing('--forge-token-file', '--forge');
    if (given !== undefined) throw usage.flagMissing('--forge-url', '--forge');
    return null;
  }
  if (tokenFile === undefined) throw usage.flagMissing('--forge', '--forge-token-file');
  const url = given ?? defaultApiUrl(kind, repository);
  if (url === null) throw usage.flagMissing('--forge', '--forge-url');
  const { protocol, host } = serverUrl('--forge-url', url, expected.forgeUrl);
  if (protocol !== 'https:' && !isLoopback(host)) throw usage.invalid('--forge-url', url, expected.forgeUrl);
  return { kind, url: withoutTrailing(url, '/'), tokenFile, repository: nameAt(kind, url, repository) };
}
