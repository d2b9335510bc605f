import type { Data } from '../lib/json.ts';
import { isList, isMap } from '../lib/json.ts';

/**
 * The word in a key that names a credential; `null` if there is none. Narrower than `isCredential`: user names do not
 * count, because this decides what is reported as a secret.
 */
export function credentialNoun(key: string): string | null {
  const words = wordsOf(key);
  while (/^(?:value|data|str|string|text|plain|raw|base64|b64)$/.test(words.at(-1) ?? '')) words.pop();
  if (words.at(-1) === 'header' && words.at(-2)?.startsWith('auth')) return 'authorization';
  const noun = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (switchWord.test(before) || words.some((word) => countWord.test(word))) return null;
  return (/^keys?$/.test(noun) ? keyWord.test(before) : credentialWord.test(noun)) ? noun : null;
}

/** Whether a key only describes a credential, such as its user or its URL. */
export function describesCredential(key: string): boolean {
  return descriptionWord.test(wordsOf(key).at(-1) ?? '');
}

const credentialWord =
  /^(?:pass|pwd|pat|auth|authorization|bearer|cookie|jwt|\w*(?:password|passwd|passphrase|secret|token|credential|api_?key|private_?key|access_?key))s?$/;
/** Words before `key` that make it a credential: any other key belongs to a map or a database. */
const keyWord =
  /^(?:api|app|application|access|secret|private|client|auth|signing|encryption|shared|account|license|ingest|ingestion|insert|integration|master|admin|deploy|service|storage)$/;
/** Words before a credential's name that turn it into a switch, or the name of a Kubernetes Secret. */
const switchWord = /^(?:use|has|is|existing|pull|tls|kubernetes|k8s)$/;
/** Words that indicate tokens of a language model. */
const countWord = /^(?:max|maximum|min|minimum|num|count|limit|budget|input|output)$/;
const descriptionWord =
  /^(?:user|username|login|email|name|path|file|dir|url|uri|host|type|kind|method|mode|scheme|id|realm|tenant|org|namespace|key|ref|env|scope|scopes|audience|issuer|region|algorithm|description|enabled)$/;

/**
 * The words of `X-API-Key`, `apiKey` or `GRAFANA_API_KEY` in lower case; only from the last 100
 * characters of a long key.
 */
function wordsOf(key: string): string[] {
  const parts = key.slice(-100).split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/);
  return parts.filter((part) => part !== '').map((part) => part.toLowerCase());
}

const credentialKey =
  /api_?key|token|passw|secret|credential|auth(?!or\b)|bearer|private_?key|client_(?:key|cert)|cookie|session|username/i;

/**
 * Whether a setting sends a credential to the backend: by its key, or by a reference that the consumer resolves. Wider
 * than `credentialNoun`: user names count as well, because this decides what is withheld.
 */
export function isCredential(key: string, value: Data): boolean {
  if (typeof value === 'string') return credentialKey.test(key) || value.includes('{{');
  if (isList(value)) return value.some((item) => isCredential(key, item));
  return isMap(value) && Object.entries(value).some(([innerKey, inner]) => isCredential(innerKey, inner));
}
