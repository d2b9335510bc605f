/**
 * The word for which a key holds a credential itself. Narrower than `isCredential`, for which a user's name is one as
 * well: that withholds, this accuses.
 */
export function credentialNoun(key: string): string | null {
  const words = wordsOf(key);
  while (/^(?:value|data|str|string|text|plain|raw|base64|b64)$/.test(words.at(-1) ?? '')) words.pop();
  if (words.at(-1) === 'header' && words.at(-2)?.startsWith('auth')) return 'authorization';
  const noun = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (otherWord.test(before) || words.some((one) => countWord.test(one))) return null;
  return (/^keys?$/.test(noun) ? keyWord.test(before) : credentialWord.test(noun)) ? noun : null;
}

/** Whether a key names what stands beside a credential, such as its user. */
export function describesCredential(key: string): boolean {
  return asideWord.test(wordsOf(key).at(-1) ?? '');
}

const credentialWord =
  /^(?:pass|pwd|pat|auth|authorization|bearer|cookie|jwt|\w*(?:password|passwd|passphrase|secret|token|credential|api_?key|private_?key|access_?key))s?$/;
/** What a key opens, or what it is made for: any other key is one of a map or of a database. */
const keyWord =
  /^(?:api|app|application|access|secret|private|client|auth|signing|encryption|shared|account|license|ingest|ingestion|insert|integration|master|admin|deploy|service|storage)$/;
/** In front of a credential's name they make a switch, or the name of a Kubernetes Secret of it. */
const otherWord = /^(?:use|has|is|existing|pull|tls|kubernetes|k8s)$/;
/** The tokens of a language model. */
const countWord = /^(?:max|maximum|min|minimum|num|count|limit|budget|input|output)$/;
const asideWord =
  /^(?:user|username|login|email|name|path|file|dir|url|uri|host|type|kind|method|mode|scheme|id|realm|tenant|org|namespace|key|ref|env|scope|scopes|audience|issuer|region|algorithm|description|enabled)$/;

/** `X-API-Key`, `apiKey` and `GRAFANA_API_KEY` in words; the last ones, for a key may be long. */
function wordsOf(key: string): string[] {
  const parts = key.slice(-100).split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/);
  return parts.filter((part) => part !== '').map((part) => part.toLowerCase());
}
