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
  ['a key that is refused', ['git@github.com: Permission denied (publickey).', ...ended], 'GIT_UNAUTHORIZED'],
  ['an unknown host key', ['Host key verification failed.', ...ended], 'GIT_UNAUTHORIZED'],
  [
    'a key of others to read',
    ['@ WARNING: UNPROTECTED PRIVATE KEY FILE! @', 'Permissions 0644 are too open.', ...ended],
    'GIT_UNAUTHORIZED',
  ],
  [
    'a key without access, at GitHub',
    ['ERROR: Permission to acme/fleet.git denied to deploy key', ...ended],
    'GIT_UNAUTHORIZED',
  ],
  [
    'a deploy key that only reads',
    ['ERROR: The key you are authenticating with has been marked as read only.', ...ended],
    'GIT_UNAUTHORIZED',
  ],
  [
    'too many keys',
    ['Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures', ...ended],
    'GIT_UNAUTHORIZED',
  ],
  ['a repository that GitHub does not show', ['ERROR: Repository not found.', ...ended], 'GIT_UNAUTHORIZED'],
  [
    'a repository that GitLab does not show',
    [
      "remote: ERROR: The project you were looking for could not be found or you don't have permission to view it.",
      ...ended,
    ],
    'GIT_UNAUTHORIZED',
  ],
  ['a server that says nothing', ended, 'GIT_UNAUTHORIZED'],
  ['no SSH server', ['ssh: connect to host h port 22: Connection refused', ...ended], 'GIT_UNREACHABLE'],
  ['no such host', ['ssh: Could not resolve hostname h: Name or service not known', ...ended], 'GIT_UNREACHABLE'],
  ['a server that goes away', ['Connection to h closed by remote host.', ...ended], 'GIT_UNREACHABLE'],
  ['a server that is silent', ['Timeout, server h not responding.', ...ended], 'GIT_UNREACHABLE'],
  [
    'a server behind a greeting that threatens',
    ['access denied to all but authorized users', 'ssh: connect to host h port 22: No route to host', ...ended],
    'GIT_UNREACHABLE',
  ],
  ['a token that is refused', [`fatal: Authentication failed for ${url}`], 'GIT_UNAUTHORIZED'],
  [
    'a token that may not write',
    [
      'remote: Permission to a/b.git denied to x.',
      `fatal: unable to access ${url}: The requested URL returned error: 403`,
    ],
    'GIT_UNAUTHORIZED',
  ],
  [
    'a push that ends with 403',
    [
      'error: RPC failed; HTTP 403 curl 22 The requested URL returned error: 403',
      'send-pack: unexpected disconnect while reading sideband packet',
      'fatal: the remote end hung up unexpectedly',
    ],
    'GIT_UNAUTHORIZED',
  ],
  ['a URL without a repository', [`fatal: repository ${url} not found`], 'GIT_UNAUTHORIZED'],
  [
    'another name in the certificate',
    [`fatal: unable to access ${url}: SSL: no alternative certificate subject name matches target host name 'h'`],
    'GIT_UNREACHABLE',
  ],
  [
    'a connection that TLS fails on',
    [`fatal: unable to access ${url}: OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to h:443`],
    'GIT_UNREACHABLE',
  ],
  ['a rate limit', [`fatal: unable to access ${url}: The requested URL returned error: 429`], 'GIT_UNREACHABLE'],
  [
    'a proxy that refuses',
    [`fatal: unable to access ${url}: Received HTTP code 407 from proxy after CONNECT`],
    'GIT_UNREACHABLE',
  ],
  ['no answer', [`fatal: unable to access ${url}: Empty reply from server`], 'GIT_UNREACHABLE'],
  [
    'a transfer that breaks off',
    [
      'error: RPC failed; curl 56 Recv failure: Connection reset by peer',
      'fatal: early EOF',
      'fatal: fetch-pack: invalid index-pack output',
    ],
    'GIT_UNREACHABLE',
  ],
  ['a server that hangs up', ['fatal: the remote end hung up unexpectedly'], 'GIT_UNREACHABLE'],
  [
    'a disk that is full, behind a greeting',
    [
      'Access denied to strangers. Authentication failed attempts are logged.',
      'fatal: write error: No space left on device',
    ],
    'GIT_FAILED',
  ],
  [
    'a body that is too large, beside what a server writes',
    [
      'remote: certificate, tls, connection refused',
      'error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413',
      'fatal: the remote end hung up unexpectedly',
    ],
    'GIT_FAILED',
  ],
  ['a name that is like a reason', ["fatal: bad object 'refs/heads/tls-certificate'"], 'GIT_FAILED'],
  [
    'a URL that is like a reason',
    ["fatal: unable to access 'https://h/access denied/tls.git/': The requested URL returned error: 400"],
    'GIT_FAILED',
  ],
  ['an end without a word', [], 'GIT_FAILED'],
];

describe('plugin/propose/git/git-errors', () => {
  for (const [title, lines, code] of cases) {
    it(`takes ${title} for ${code}`, () => {
      const error = gitFailure(['fetch', 'origin'], { status: 128, stdout: '', stderr: `${lines.join('\n')}\n` });

      expect(error.code, error.message).to.equal(code);
    });
  }
});
