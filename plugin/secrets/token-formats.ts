/** Tokens with a known prefix or form. */
const formats: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY/],
  ["Grafana's tokens", /(?<![A-Za-z0-9])gl(?:sa|c)_[A-Za-z0-9+/=_-]{16}/],
  ["GitHub's tokens", /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{16}|github_pat_[A-Za-z0-9_]{16})/],
  ["GitLab's tokens", /(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{16}/],
  ["Slack's tokens", /(?<![A-Za-z0-9])(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10}/],
  ["Slack's webhooks", /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9]/],
  ["AWS's access keys", /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/],
  ["Google's API keys", /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}/],
  ["New Relic's keys", /(?<![A-Za-z0-9])NRAK-[A-Z0-9]{16}/],
  ['the keys of language models', /(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{32}/],
  ['a JSON Web Token', /(?<![A-Za-z0-9+/_-])eyJ[A-Za-z0-9_-]{16}/],
];

/** The kind of token that a text contains, by its format; `null` if it contains no known one. */
export function tokenFormatOf(text: string): string | null {
  return formats.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}
