import type { Node } from 'yaml';
import { isPair, isScalar, visit } from 'yaml';
import type { Finding } from '../warning.ts';
import type { YamlFile } from './document.ts';

/** Keys whose value is a secret, whatever it looks like. */
const secretKey =
  /^(?:.*[-_.])?(?:api_?key|app_?key|token|bearer_token|passw(?:or)?d|secret|secret_key|private_key|credentials?|authorization|cookie|x-api-key)$/i;

/** Tokens that tell by themselves what they are, by their issuers' documentation. */
const shapes: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\bgl(?:sa|c)_[A-Za-z0-9_=]{16,}/, 'a token of Grafana'],
  [/\b(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,})/, 'a token of GitHub'],
  [/\bxox[abeoprs]-[A-Za-z0-9-]{10,}/, 'a token of Slack'],
  [/\bA(?:KIA|SIA)[A-Z0-9]{16}\b/, 'an access key of AWS'],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/, 'a JSON Web Token'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@]{0,200}:(?!\{\{|\$\{)[^\s/@]{1,200}@/i, 'a URL with a password'],
  [/[?&](?:token|api_?key|password|secret)=(?!\{\{|\$\{)[^&\s]{4,}/i, 'a URL with a secret in its query'],
];

/** What the consumer fills in; the words around it are no secret. */
const reference = /\{\{[^{}]*\}\}|\$\{\w+\}/;

/** As detect-secrets and gitleaks have it: the author has looked at the line. */
const allowed = /#.*(?:pragma: ?allowlist secret|gitleaks:allow)/;
const allowedNext = /#.*pragma: ?allowlist nextline secret/;

/**
 * Values that look like a secret in a file from Git: by their key, by the shape of a known token, or for being one long
 * word of hardly any order. A finding never holds the value.
 */
export function inlineSecrets(file: YamlFile): readonly Finding[] {
  const lines = file.text.split('\n');
  const findings: Finding[] = [];
  visit(file.document, {
    Scalar(key, node, path) {
      if (key === 'key' || typeof node.value !== 'string') return;
      const keys = keysOf(path);
      const why = reasonAgainst(keys.at(-1) ?? '', node.value);
      const offset = (node as Node).range?.[0];
      if (why === null || offset === undefined) return;
      const place = file.placeAt(offset);
      if (isAllowed(lines, place.line)) return;
      findings.push({
        code: 'SECRET_INLINE',
        severity: 'warning',
        place,
        message: `${keys.join('.') || 'the file'} looks like a secret: ${why}`,
        hint: "put it into the consumer's environment and write {{ env.NAME }}; if it is none, end the line with # pragma: allowlist secret",
      });
    },
  });
  return findings;
}

function keysOf(path: readonly unknown[]): string[] {
  return path.flatMap((step) => (isPair(step) && isScalar(step.key) ? [String(step.key.value)] : []));
}

function isAllowed(lines: readonly string[], line: number): boolean {
  return allowed.test(lines[line - 1] ?? '') || allowedNext.test(lines[line - 2] ?? '');
}

function reasonAgainst(key: string, value: string): string | null {
  const shape = shapes.find(([pattern]) => pattern.test(value));
  if (shape) return `it holds ${shape[1]}`;
  if (reference.test(value)) return null;
  if (secretKey.test(key) && value !== '' && !/^\d{1,3}$/.test(value))
    return `the key ${key} holds one, and this is no reference`;
  return isRandom(value) ? 'it is one long word without any order' : null;
}

/** Bits of a character above which a word is random: names, paths and UUIDs stay below, tokens do not. */
const maxEntropy = { hex: 3.1, any: 4.1 };

/** A word of 20 or more characters as tokens are made of: no dots, dashes and slashes as names and addresses have. */
function isRandom(value: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(value)) return entropyOf(value) > maxEntropy.hex;
  return (
    /^[A-Za-z0-9+_]{20,200}={0,2}$/.test(value) &&
    /\d/.test(value) &&
    /[A-Z]/.test(value) &&
    entropyOf(value) > maxEntropy.any
  );
}

/** Shannon's, in bits for each character. */
function entropyOf(text: string): number {
  const counts = Map.groupBy(text, (char) => char);
  return [...counts.values()].reduce((sum, { length }) => {
    const share = length / text.length;
    return sum - share * Math.log2(share);
  }, 0);
}
