import { symlink, writeFile, copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PluginError, reasonOf } from '../../lib/errors.ts';
import type { RepositoryUrl } from '../repository-url.ts';

/** Files with credentials, and the author of commits. Their values never become an argument or part of a URL. */
export interface GitAccess {
  readonly tokenFile: string | undefined;
  readonly username: string;
  readonly caFile: string | undefined;
  readonly sshKeyFile: string | undefined;
  readonly knownHostsFile: string | undefined;
  /** An SSH key; if given, commits are signed with it. */
  readonly signingKeyFile: string | undefined;
  readonly author: { readonly name: string; readonly email: string };
}

/** Variables of the machine passed on to git: PATH, and the proxies. */
export type MachineVariables = Readonly<Record<string, string | undefined>>;

/** Answers git's question for a name or password, for this host only; the token stays in its file. */
const askPass = `#!/bin/sh
case "$1" in
  "Username for '$TOOLSET_ASKPASS_SCHEME://$TOOLSET_ASKPASS_HOST': ") printf '%s\\n' "$TOOLSET_ASKPASS_USER" ;;
  "Password for '$TOOLSET_ASKPASS_SCHEME://"*"@$TOOLSET_ASKPASS_HOST': ") cat "$TOOLSET_ASKPASS_FILE" ;;
  *) exit 1 ;;
esac
`;

/**
 * The environment of every git command: no configuration of the machine or of a person, no hooks, no helpers, no
 * submodules, and no transport but that of the URL. Writes the files it needs into `folder`. Fails with
 * FILE_UNREADABLE.
 */
export async function gitEnvironment(
  folder: string,
  repository: RepositoryUrl,
  named: GitAccess,
  machine: MachineVariables,
): Promise<Record<string, string>> {
  const access = withWholePaths(named);
  const { author, signingKeyFile } = access;
  const configuration = configurationFor(repository, access.caFile);
  if (signingKeyFile !== undefined) configuration.push(['gpg.format', 'ssh'], ['user.signingKey', signingKeyFile]);
  return {
    ...definedOf(machine),
    ...configurationVariables(configuration),
    ...identity('AUTHOR', author),
    ...identity('COMMITTER', author),
    ...(await credentialVariables(folder, repository, access)),
    HOME: folder,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_ALLOW_PROTOCOL: repository.protocol,
  };
}

/** Git runs in its own folder, but the paths are relative to the working directory. */
function withWholePaths(access: GitAccess): GitAccess {
  const whole = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(path));
  return {
    ...access,
    tokenFile: whole(access.tokenFile),
    caFile: whole(access.caFile),
    sshKeyFile: whole(access.sshKeyFile),
    knownHostsFile: whole(access.knownHostsFile),
    signingKeyFile: whole(access.signingKeyFile),
  };
}

function definedOf(machine: MachineVariables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(machine).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function identity(role: string, { name, email }: GitAccess['author']): Record<string, string> {
  return { [`GIT_${role}_NAME`]: name, [`GIT_${role}_EMAIL`]: email };
}

function configurationFor({ url }: RepositoryUrl, caFile: string | undefined): [string, string][] {
  return [
    ['remote.origin.url', url],
    ['remote.origin.promisor', 'true'],
    ['remote.origin.partialCloneFilter', 'blob:none'],
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['core.symlinks', 'false'],
    ['credential.helper', ''],
    ['http.followRedirects', 'false'],
    ['http.sslVerify', 'true'],
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', '30'],
    ['transfer.fsckObjects', 'true'],
    ['fetch.recurseSubmodules', 'false'],
    ['submodule.recurse', 'false'],
    ['push.recurseSubmodules', 'no'],
    ['push.gpgSign', 'false'],
    ['commit.gpgSign', 'false'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    ...(caFile === undefined ? [] : ([['http.sslCAInfo', caFile]] as [string, string][])),
  ];
}

function configurationVariables(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const named = pairs.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${String(index)}`, key],
    [`GIT_CONFIG_VALUE_${String(index)}`, value],
  ]);
  return { ...Object.fromEntries(named), GIT_CONFIG_COUNT: String(pairs.length) } as Record<string, string>;
}

async function credentialVariables(
  folder: string,
  repository: RepositoryUrl,
  access: GitAccess,
): Promise<Record<string, string>> {
  if (repository.protocol === 'ssh')
    return { GIT_SSH_COMMAND: await sshCommand(folder, access), GIT_SSH_VARIANT: 'ssh' };
  const { tokenFile, username } = access;
  if (tokenFile === undefined) return {};
  const file = join(folder, 'askpass');
  await writeFile(file, askPass, { mode: 0o700 });
  const [, authority = ''] = /^\w+:\/\/([^/]*)/.exec(repository.url) ?? [];
  return {
    GIT_ASKPASS: file,
    TOOLSET_ASKPASS_SCHEME: repository.protocol,
    // As written: git includes a port that the URL's host leaves out.
    TOOLSET_ASKPASS_HOST: authority,
    TOOLSET_ASKPASS_USER: username,
    TOOLSET_ASKPASS_FILE: tokenFile,
  };
}

/**
 * The files are reached by paths of our own, which need no quotes. The machine's SSH configuration, agent and known
 * hosts are ignored.
 */
async function sshCommand(folder: string, { sshKeyFile, knownHostsFile }: GitAccess): Promise<string> {
  const [key, hosts] = [join(folder, 'ssh-key'), join(folder, 'known-hosts')];
  try {
    if (sshKeyFile !== undefined) await symlink(sshKeyFile, key);
    if (knownHostsFile === undefined) await writeFile(hosts, '');
    else await copyFile(knownHostsFile, hosts);
  } catch (cause) {
    throw new PluginError('FILE_UNREADABLE', `--known-hosts-file cannot be read: ${reasonOf(cause)}`, {
      hint: 'write the line that ssh-keyscan prints for the host into it, and compare that with what the forge publishes',
      cause,
    });
  }
  const options = {
    BatchMode: 'yes',
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: hosts,
    GlobalKnownHostsFile: '/dev/null',
    UpdateHostKeys: 'no',
    PermitLocalCommand: 'no',
    ForwardAgent: 'no',
    ConnectTimeout: '15',
    // Only errors, without the server's greeting.
    LogLevel: 'ERROR',
  };
  const written = Object.entries(options).map(([name, value]) => `-o ${name}=${value}`);
  return ['ssh -F /dev/null', ...(sshKeyFile === undefined ? [] : [`-i ${key}`]), ...written].join(' ');
}
