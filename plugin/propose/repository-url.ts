import { withoutTrailing } from '../lib/trailing.ts';

/** Transport of a repository: the only one that git may use. */
export type Protocol = 'https' | 'http' | 'ssh' | 'file';

/** A repository as named by an operator, without a credential. */
export interface RepositoryUrl {
  /** The URL passed to git. */
  readonly url: string;
  readonly protocol: Protocol;
  /** With its port; empty for a folder. */
  readonly host: string;
  /** `owner/name`, without surrounding slashes and `.git`. */
  readonly path: string;
}

// What is wrong with a URL, to follow `expected`: no part of the URL, which may contain a password.
const form =
  'https://HOST/OWNER/NAME.git, ssh://git@HOST/OWNER/NAME.git, git@HOST:OWNER/NAME.git or the absolute path of a folder';
const secretive = 'a URL without a user name, a password or a token: these go in files, see --git-token-file';

const hostForm = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;

/** Reads the URL of a repository, or says what is wrong with it. */
export function parseRepositoryUrl(text: string): RepositoryUrl | { readonly mistake: string } {
  // Git takes a leading dash for an option, and a control character could end a line of git's input.
  if (/[\p{Cc}\s\\]/u.test(text) || text.startsWith('-')) return { mistake: form };
  if (text.startsWith('/')) return { url: `file://${text}`, protocol: 'file', host: '', path: nameOf(text) };
  const [, user = '', host = '', path = ''] = /^([\w.-]+)@([^:/@]+):(?!\/\/)(.+)$/.exec(text) ?? [];
  if (user !== '') {
    if (!hostForm.test(host) || path.startsWith('-')) return { mistake: form };
    return { url: text, protocol: 'ssh', host, path: nameOf(path) };
  }
  return parseUrl(text);
}

function parseUrl(text: string): ReturnType<typeof parseRepositoryUrl> {
  const url = URL.parse(text);
  const protocol = (['https', 'http', 'ssh', 'file'] as const).find((one) => `${one}:` === url?.protocol);
  if (!url || !protocol || url.search !== '' || url.hash !== '') return { mistake: form };
  if (url.password !== '' || (url.username !== '' && protocol !== 'ssh')) return { mistake: secretive };
  const path = nameOf(url.pathname);
  const isBare = protocol === 'file' ? url.host === '' : hostForm.test(url.hostname) || url.hostname.startsWith('[');
  if (!isBare || path === '') return { mistake: form };
  return { url: text, protocol, host: url.host, path };
}

function nameOf(path: string): string {
  return withoutTrailing(path.replace(/^\/+/, ''), '/').replace(/\.git$/, '');
}

/** Whether requests to this host stay on this machine. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/.test(host);
}
