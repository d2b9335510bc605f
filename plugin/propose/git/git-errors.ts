import type { ErrorCode } from '../../lib/codes.ts';
import { PluginError } from '../../lib/errors.ts';
import { clipped, printable } from '../../lib/messages/text.ts';

/** Result of a git command. */
export interface GitResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Characters of the output of git or of a server. */
const maxOutput = 600;

type Class = 'unauthorized' | 'notFound' | 'unreachable' | 'redirected';

/** What a line from git, curl or ssh says went wrong; the first match wins. */
const classes: readonly (readonly [Class, RegExp])[] = [
  [
    'unauthorized',
    /authentication fail|could not read (?:username|password)|permission denied \(|permission to .* denied|host key verification failed|invalid (?:username|credentials)|access denied|returned error: 40[13]|terminal prompts disabled|no user exists for uid|unprotected private key|error in libcrypto|marked as read only/i,
  ],
  [
    'notFound',
    /repository .*not found|(?:could not|cannot) (?:be found|find repository)|does not (?:appear to be a git repository|exist)|returned error: 404/i,
  ],
  [
    'unreachable',
    /could not resolve|(?:failed|unable) to connect|connection (?:refused|reset|timed out|closed)|connection to \S+ closed|network is unreachable|no route to host|operation (?:timed out|too slow)|timeout, server|returned error: (?:408|429|5\d\d)|from proxy after connect|\b(?:ssl|tls|gnutls)|certificate|empty reply|(?:recv|send) failure|broken pipe|transfer closed|http\/2 stream|early eof/i,
  ],
  ['redirected', /redirect/i],
];

/** Git's own message for a connection that ended: the reason is in the lines before it. */
const ended = /could not read from remote repository|the remote end hung up|unexpected disconnect/i;

const failures: Readonly<Record<Class, readonly [ErrorCode, hint: string]>> = {
  unauthorized: [
    'GIT_UNAUTHORIZED',
    'check --git-token-file, or --ssh-key-file and --known-hosts-file: their credential must be allowed to read and push',
  ],
  notFound: ['GIT_UNAUTHORIZED', 'check --repository; forges answer the same for one that the credential may not see'],
  unreachable: [
    'GIT_UNREACHABLE',
    'check the network between here and the repository, its certificate (--git-ca-file) and proxies',
  ],
  redirected: ['GIT_FAILED', 'redirects are not followed: set --repository to the new URL'],
};

/** The error of a failed git command, from its English output (`LC_ALL=C`). */
export function gitFailure(args: readonly string[], { status, stderr }: GitResult): PluginError {
  // Git's own reason comes last, after the server's greeting.
  const output = outputLine(stderr);
  const last = output.length > maxOutput ? `…${output.slice(-maxOutput)}` : output;
  const message = `git ${args[0] ?? ''}: ${last || `exit code ${String(status)}`}`;
  const found = classOf(stderr.split('\n'));
  const [code, hint] =
    found === null ? (['GIT_FAILED', 'run the same git command by hand to see more'] as const) : failures[found];
  return new PluginError(code, message, { hint });
}

/**
 * Decided by git's own lines. Only if they just say that the connection ended, the lines of ssh or of a server before
 * them decide, the last one first.
 */
function classOf(lines: readonly string[]): Class | null {
  const own = lines.filter((line) => /^(?:fatal|error): /.test(line));
  const reasons = own.filter((line) => !ended.test(line));
  if (reasons.length > 0 || own.length === 0) return lastClassIn(reasons);
  const others = lastClassIn(lines.filter((line) => !own.includes(line)));
  if (others !== null) return others;
  // Git then suggests checking the access rights: ssh had reached the server and gave no reason of its own.
  return own.some((line) => /could not read from remote/i.test(line)) ? 'unauthorized' : 'unreachable';
}

function lastClassIn(lines: readonly string[]): Class | null {
  return lines.map(classOfLine).findLast((one) => one !== null) ?? null;
}

/** Quoted text is a name: of a URL, a file or a reference. */
function classOfLine(line: string): Class | null {
  const words = line.replace(/(^|\s)(['"])[^'"]*\2(?=[\s:,.]|$)/g, '$1 ');
  return classes.find(([, pattern]) => pattern.test(words))?.[0] ?? null;
}

/** The error of a fetch: it fails for a reference that another writer has deleted in the meantime. */
export function fetchFailure(args: readonly string[], result: GitResult): PluginError {
  const [, gone] = /couldn't find remote ref (\S+)/.exec(result.stderr) ?? [];
  if (gone === undefined) return gitFailure(args, result);
  return new PluginError(
    'REPOSITORY_MOVED',
    `${printable(gone)} was deleted by another writer before it could be read`,
    {
      hint: 'run it again, with one proposer per target: a CronJob with concurrencyPolicy Forbid',
    },
  );
}

/**
 * The output of git and the server on one line, without control characters and anything that looks like a login in a
 * URL.
 */
function outputLine(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^(?:remote|error|fatal|warning|hint):\s*/i, '').trim())
    .filter((line) => line !== '');
  return printable(lines.join('; ')).replace(/(?<!\w)(\w+:\/\/)[^\s/@']+@/g, '$1');
}

/** Output of a push that lost against another one: the reference has changed since it was read. */
const moved =
  /stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|already exists|incorrect old value/i;

/** Output if a branch has the name of another one's folder, or the reverse: trying again does not help. */
const noRoom = /'refs\/[^']+' exists; cannot create|directory file conflict/i;

/**
 * Result of a push, from its lines for programs (`--porcelain`). Fails with PUSH_REFUSED if the server accepts no such
 * push, or none from this account, and otherwise as `gitFailure`.
 */
export function pushResult(args: readonly string[], result: GitResult): 'done' | 'moved' {
  if (result.status === 0) return 'done';
  const rejected = result.stdout.split('\n').filter((line) => line.startsWith('!'));
  if (rejected.length === 0) throw gitFailure(args, result);
  const isWithoutRoom = noRoom.test(result.stderr) || rejected.some((line) => noRoom.test(line));
  if (!isWithoutRoom && rejected.some((line) => moved.test(line))) return 'moved';
  const [, reference = '', reason = ''] = /^!\t[^\t]*:([^\t:]*)\t(.*)$/.exec(rejected[0] ?? '') ?? [];
  const server = outputLine(
    result.stderr
      .split('\n')
      .filter((line) => line.startsWith('remote:'))
      .join('\n'),
  );
  throw new PluginError(
    'PUSH_REFUSED',
    `the repository refuses ${printable(reference)}: ${printable(reason)}${server === '' ? '' : `: ${clipped(server, maxOutput)}`}`,
    {
      hint: reference.startsWith('refs/heads/')
        ? 'let this account push the branch: exempt it from the rule that protects it, or name another with --branch'
        : 'let this account write refs/dynamic-toolset/*, or keep pending changes in a file with --state-file',
    },
  );
}
