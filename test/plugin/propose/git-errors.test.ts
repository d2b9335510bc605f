import { expect } from 'chai';
import { gitFailure } from '../../../plugin/propose/git/git-errors.ts';

const ended = [
  'fatal: Could not read from remote repository.',
  '',
  'Please make sure you have the correct access rights',
  'and the repository exists.',
];
const url = "'https://git.example.com/a/b.git/'";

/** What git 2.39, OpenSSH 9.2, and the forges say, and what that is. */
const cases: readonly (readonly [title: string, lines: readonly string[], code: string])[] = [
  ['a refused key', ['git@github.com: Permission denied (publickey).', ...ended], 'GIT_UNAUTHORIZED'],
  ['an unknown host key', ['Host key verification failed.', ...ended], 'GIT_UNAUTHORIZED'],
  [
    'a key file that others may read',
    ['@ WARNING: UNPROTECTED PRIVATE KEY FILE! @', 'Permissions 0644 are too open.', ...ended],
    'GIT_UNAUTHORIZED',
  ],
  [
    'a GitHub deploy key without access',
    ['ERROR: Permission to acme/fleet.git denied to deploy key', ...ended],
    'GIT_UNAUTHORIZED',
  ],
  [
    'a read-only deploy key',
    ['ERROR: The key you are authenticating with has been marked as read only.', ...ended],
    'GIT_UNAUTHORIZED',
  ],
  [
    'too many authentication failures',
    ['Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures', ...ended],
    'GIT_UNAUTHORIZED',
  ],
  ['a repository that GitHub hides', ['ERROR: Repository not found.', ...ended], 'GIT_UNAUTHORIZED'],
  [
    'a repository that GitLab hides',
    [
      "remote: ERROR: The project you were looking for could not be found or you don't have permission to view it.",
      ...ended,
    ],
    'GIT_UNAUTHORIZED',
  ],
  ['a server that gives no reason', ended, 'GIT_UNAUTHORIZED'],
  ['a refused SSH connection', ['ssh: connect to host h port 22: Connection refused', ...ended], 'GIT_UNREACHABLE'],
  ['an unknown host', ['ssh: Could not resolve hostname h: Name or service not known', ...ended], 'GIT_UNREACHABLE'],
  ['a server that closes the connection', ['Connection to h closed by remote host.', ...ended], 'GIT_UNREACHABLE'],
  ['a server that does not respond', ['Timeout, server h not responding.', ...ended], 'GIT_UNREACHABLE'],
  [
    'an unreachable host behind a misleading banner',
    ['access denied to all but authorized users', 'ssh: connect to host h port 22: No route to host', ...ended],
    'GIT_UNREACHABLE',
  ],
  ['a refused token', [`fatal: Authentication failed for ${url}`], 'GIT_UNAUTHORIZED'],
  [
    'a token without write access',
    [
      'remote: Permission to a/b.git denied to x.',
      `fatal: unable to access ${url}: The requested URL returned error: 403`,
    ],
    'GIT_UNAUTHORIZED',
  ],
  [
    'a push refused with status 403',
    [
      'error: RPC failed; HTTP 403 curl 22 The requested URL returned error: 403',
      'send-pack: unexpected disconnect while reading sideband packet',
      'fatal: the remote end hung up unexpectedly',
    ],
    'GIT_UNAUTHORIZED',
  ],
  ['a URL without a repository', [`fatal: repository ${url} not found`], 'GIT_UNAUTHORIZED'],
  [
    'a certificate for another host name',
    [`fatal: unable to access ${url}: SSL: no alternative certificate subject name matches target host name 'h'`],
    'GIT_UNREACHABLE',
  ],
  [
    'a failed TLS handshake',
    [`fatal: unable to access ${url}: OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to h:443`],
    'GIT_UNREACHABLE',
  ],
  ['a rate limit', [`fatal: unable to access ${url}: The requested URL returned error: 429`], 'GIT_UNREACHABLE'],
  [
    'a proxy that requires authentication',
    [`fatal: unable to access ${url}: Received HTTP code 407 from proxy after CONNECT`],
    'GIT_UNREACHABLE',
  ],
  ['an empty reply', [`fatal: unable to access ${url}: Empty reply from server`], 'GIT_UNREACHABLE'],
  [
    'an interrupted transfer',
    [
      'error: RPC failed; curl 56 Recv failure: Connection reset by peer',
      'fatal: early EOF',
      'fatal: fetch-pack: invalid index-pack output',
    ],
    'GIT_UNREACHABLE',
  ],
  ['a server that hangs up', ['fatal: the remote end hung up unexpectedly'], 'GIT_UNREACHABLE'],
  [
    'a full disk after a misleading banner',
    [
      'Access denied to strangers. Authentication failed attempts are logged.',
      'fatal: write error: No space left on device',
    ],
    'GIT_FAILED',
  ],
  [
    'a request body that is too large, beside misleading server output',
    [
      'remote: certificate, tls, connection refused',
      'error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413',
      'fatal: the remote end hung up unexpectedly',
    ],
    'GIT_FAILED',
  ],
  ['a ref name that resembles an error', ["fatal: bad object 'refs/heads/tls-certificate'"], 'GIT_FAILED'],
  [
    'a URL that resembles an error',
    ["fatal: unable to access 'https://h/access denied/tls.git/': The requested URL returned error: 400"],
    'GIT_FAILED',
  ],
  ['an exit without output', [], 'GIT_FAILED'],
];

describe('plugin/propose/git/git-errors', () => {
  for (const [title, lines, code] of cases) {
    it(`reports ${code} for ${title}`, () => {
      const error = gitFailure(['fetch', 'origin'], { status: 128, stdout: '', stderr: `${lines.join('\n')}\n` });

      expect(error.code, error.message).to.equal(code);
    });
  }
});
