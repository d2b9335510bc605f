const name = 'dynamic-toolset-token';

/** The token in the session storage of this tab: no other tab can read it, and it ends with the tab. */
export function readToken(): string | null {
  return sessionStorage.getItem(name);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(name, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(name);
}

/** The token in pasted text: terminals wrap lines, and some people copy the whole header. */
export function tokenFrom(pasted: string): string {
  return pasted.replace(/^\s*(?:authorization:\s*)?bearer\s+/i, '').replace(/\s+/g, '');
}
