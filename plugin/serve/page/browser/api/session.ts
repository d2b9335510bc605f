const name = 'dynamic-toolset-token';

/** The token of this tab: it goes with the tab, and no other page of this origin's other tabs sees it. */
export function readToken(): string | null {
  return sessionStorage.getItem(name);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(name, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(name);
}

/** What a person has pasted, as the token that it is: terminals break lines, and some copy the whole header. */
export function tokenFrom(pasted: string): string {
  return pasted.replace(/^\s*(?:authorization:)?\s*bearer\s+/i, '').replace(/\s+/g, '');
}
