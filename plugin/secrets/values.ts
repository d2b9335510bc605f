import type { Scalar } from 'yaml';
import { hasRandomWord, harmlessKey } from './entropy.ts';
import { credentialNoun } from './key-names.ts';
import { tokenFormatOf } from './token-formats.ts';

/** Why the value of a key looks like a secret, without any part of it; `null` if it does not. */
export function secretReason(node: Scalar, key: string, noun: string | null): string | null {
  const { value } = node;
  if (typeof value === 'number') {
    const digits = (node.source ?? '').replace(/\D/g, '');
    return noun !== null && isSecretValue(digits, noun) ? byKey : null;
  }
  if (typeof value !== 'string') return null;
  const text = value.replace(reference, blank);
  const format = tokenFormatOf(text);
  if (format !== null) return `it has the format of ${format}`;
  if (noun !== null && isSecretValue(text, noun)) return byKey;
  if (hasPassword(text)) return 'it contains a URL with a password';
  if (hasAssignment(text)) return 'it contains an assignment to the name of a credential';
  return !harmlessKey.test(key.slice(0, 100)) && hasRandomWord(text)
    ? 'it contains a word that is as random as a generated key'
    : null;
}

const byKey = 'its key names a credential';

/** `{{ env.X }}` and `{{ request_context.headers["X"] }}`, which HolmesGPT resolves, `${X}`, and masks such as `***`. */
const reference =
  /\{\{\s*env\.[\w.-]{1,100}\s*\}\}|\{\{-?\s*[A-Za-z_][\w.]*(?:\[["'][\w .-]*["']\][\w.]*)*\s*-?\}\}|\$\{[A-Za-z_]\w*\}|x{8,}|X{8,}|\*{3,}/g;
/** Replaces a reference: the object replacement character, which no configuration contains. */
const blank = '\uFFFC';

/** Whether the value under a credential's key is a credential, not a reference, switch, mask, path or scheme. */
function isSecretValue(value: string, noun: string): boolean {
  const text = value.trim();
  // `hasPassword` checks URLs.
  if (/^[a-z][a-z0-9+.-]{1,20}:\/\//.test(text)) return false;
  if (text.includes(blank)) return !isFixed(text.replaceAll(blank, ' '));
  if (/^(?:\d{0,3}|true|false|yes|no|on|off|none|null|[*.x]+|<[^>]*>)$/i.test(text)) return false;
  if (noun === 'tokens' && /^\d+$/.test(text)) return false;
  if (noun.startsWith('auth') && schemeWord.test(text)) return false;
  // Any other `auth` names an authentication method.
  if (noun === 'auth' && !/^(?:[^\s:]+:\S+|(?:basic|bearer|token|apikey)\s+\S{8,})$/i.test(text)) return false;
  if (text.startsWith('-----BEGIN CERTIFICATE')) return false;
  return !/^(?:(?:~|\.\.?)\/|\/[\w.@-]+\/)[\w.@/-]*$/.test(text);
}

const schemeWord =
  /^(?:basic|bearer|digest|ntlm|kerberos|negotiate|oauth|oauth2|oidc|saml|ldap|jwt|token|api[_-]?key|m?tls|iam|sigv4|anonymous|default|enabled?|disabled?|required|optional)$/i;

/** Whether the text beside a reference is fixed, such as `Bearer`, and no part of a secret. */
export function isFixed(text: string): boolean {
  const words = text.split(/[\s:=,;"']+/, 8).filter((word) => word !== '');
  return words.length <= 4 && words.every((word) => /^(?:[A-Za-z_-]{1,16}|OAuth2)$/.test(word));
}

function hasPassword(text: string): boolean {
  return text
    .matchAll(/:\/\/[^\s/:@?#]*:([^\s/?#@]+)@/g)
    .some(([, password = '']) => isSecretWithin(password, 'password'));
}

/**
 * `token=…` in a URL, a command or a connection string, and in a command `Authorization: Bearer …`, `-H 'X-API-Key: …'`,
 * `curl -u user:…` and `--token …`.
 */
function hasAssignment(text: string): boolean {
  const isCredential = ([, name = '', value = '']: RegExpExecArray): boolean => {
    const noun = /^(?:sig|signature)$/i.test(name) ? 'secret' : credentialNoun(name);
    return noun !== null && isSecretWithin(value, noun);
  };
  const header = /authorization["']?\s{0,9}:\s{0,9}["']?(?:Bearer|Basic|Token|ApiKey)\s{1,9}([A-Za-z0-9+/=_.~-]{8,})/gi;
  return (
    text.matchAll(/(?:[?&;]|(?:^|\s)(?=--|[A-Z_]{3}))([\w.-]{1,64})=["']?([^&;\s#"'<>]+)/g).some(isCredential) ||
    text.matchAll(header).some(([, value = '']) => !/^[A-Z_-]+$/i.test(value)) ||
    text.matchAll(/\s(?:-H|--header)[\s=]{0,3}["']([\w-]{1,64}):\s{0,9}([^\s"']+)/g).some(isCredential) ||
    (text.includes('curl') && text.matchAll(userOption).some(([, value = '']) => isPassword(value))) ||
    text
      .matchAll(/\s--([\w-]{1,64})\s{1,9}["']?([^\s"']{6,})/g)
      .some((found) => /\d/.test(found[2] ?? '') && isCredential(found))
  );
}

/** `-u user:password`, also at the end of several options, such as `-sSu`. */
const userOption = /\s(?:-[A-Za-z]{0,8}u|--user)[\s=]{0,3}["']?[^\s:"']{1,100}:([^\s"']+)/g;

function isPassword(value: string): boolean {
  return isSecretWithin(value, 'password') && !/^\d+$/.test(value);
}

/** Like `isSecretValue`, but within a text, where shell variables are references as well. */
function isSecretWithin(value: string, noun: string): boolean {
  return !value.includes(blank) && !/^[$%{`]/.test(value) && isSecretValue(value, noun);
}
