import { PluginError } from '../../lib/errors.ts';
import { clipped, printable } from '../../lib/text.ts';

/** What a command of git left behind. */
export interface GitResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Of what git or a server says, in characters. */
const maxSaid = 600;

const unauthorized =
  /authentication failed|could not read (?:username|password)|permission denied \(|host key verification failed|invalid (?:username|credentials)|access denied|returned error: 40[13]|terminal prompts disabled|no user exists for uid|UNPROTECTED PRIVATE KEY|error in libcrypto/i;
const unreachable =
  /could not resolve host|failed to connect|connection (?:refused|reset|timed out|closed)|network is unreachable|no route to host|operation (?:timed out|too slow)|returned error: 5\d\d|ssl certificate|certificate verif|tls|early eof|the remote end hung up/i;
const notFound = /repository .* not found|does not (?:appear to be a git repository|exist)|returned error: 404/i;

/** The error of a command of git that failed, by what it said in English (`LC_ALL=C`). */
export function gitFailure(args: readonly string[], { status, stderr }: GitResult): PluginError {
  // Git's own reason comes last, behind what a server greets with.
  const said = saidBy(stderr);
  const last = said.length > maxSaid ? `…${said.slice(-maxSaid)}` : said;
  const message = `git ${args[0] ?? ''}: ${last || `exit code ${String(status)}`}`;
  if (unauthorized.test(stderr)) {
    return new PluginError('GIT_UNAUTHORIZED', message, {
      hint: 'check --git-token-file, or --ssh-key-file and --known-hosts-file: what they hold must be allowed to read and push',
    });
  }
  if (notFound.test(stderr)) {
    return new PluginError('GIT_UNAUTHORIZED', message, {
      hint: 'check --repository; forges say the same of one that the credential may not see',
    });
  }
  if (unreachable.test(stderr)) {
    return new PluginError('GIT_UNREACHABLE', message, {
      hint: 'check the network between here and the repository, its certificate (--git-ca-file) and proxies',
    });
  }
  if (/redirect/i.test(stderr)) {
    return new PluginError('GIT_FAILED', message, {
      hint: 'no redirect is followed: name the new place in --repository',
    });
  }
  return new PluginError('GIT_FAILED', message, { hint: 'run the same command of git by hand to see more' });
}

/** The error of a fetch: one of references that were there a moment ago fails where another writer has deleted one. */
export function fetchFailure(args: readonly string[], result: GitResult): PluginError {
  const [, gone] = /couldn't find remote ref (\S+)/.exec(result.stderr) ?? [];
  if (gone === undefined) return gitFailure(args, result);
  return new PluginError(
    'REPOSITORY_MOVED',
    `${printable(gone)} was deleted by another writer while it was to be read`,
    {
      hint: 'run it again, and one proposer for each target: a CronJob with concurrencyPolicy Forbid',
    },
  );
}

/** What git and the server said, in one line, without control characters and without what looks like a login in a URL. */
function saidBy(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^(?:remote|error|fatal|warning|hint):\s*/i, '').trim())
    .filter((line) => line !== '');
  return printable(lines.join('; ')).replace(/(\w+:\/\/)[^\s/@']+@/g, '$1');
}

/** Said where a push lost against another one: the reference is not what it was when it was read. */
const moved =
  /stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|already exists|incorrect old value/i;

/** Said where a branch has the name of a folder of the other one, or the other way round: trying again does not help. */
const noRoom = /'refs\/[^']+' exists; cannot create|directory file conflict/i;

/**
 * What became of a push, by its lines for programs (`--porcelain`). Fails with PUSH_REFUSED where the server takes it from
 * no one, or not from this account, and otherwise as `gitFailure`.
 */
export function pushResult(args: readonly string[], result: GitResult): 'done' | 'moved' {
  if (result.status === 0) return 'done';
  const rejected = result.stdout.split('\n').filter((line) => line.startsWith('!'));
  if (rejected.length === 0) throw gitFailure(args, result);
  const isWithoutRoom = noRoom.test(result.stderr) || rejected.some((line) => noRoom.test(line));
  if (!isWithoutRoom && rejected.some((line) => moved.test(line))) return 'moved';
  const [, reference = '', reason = ''] = /^!\t[^\t]*:([^\t]*)\t(.*)$/.exec(rejected[0] ?? '') ?? [];
  const server = saidBy(
    result.stderr
      .split('\n')
      .filter((line) => line.startsWith('remote:'))
      .join('\n'),
  );
  throw new PluginError(
    'PUSH_REFUSED',
    `the repository refuses ${printable(reference)}: ${printable(reason)}${server === '' ? '' : `: ${clipped(server, maxSaid)}`}`,
    {
      hint: reference.startsWith('refs/heads/')
        ? 'let this account push the branch: a rule that protects it must leave it out, or name another with --branch'
        : 'let this account write refs/dynamic-toolset/*, or keep what is waited for in a file: --state-file',
    },
  );
}
