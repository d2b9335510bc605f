import type { Scalar } from 'yaml';
import { hasRandomWord, harmlessKey } from './entropy.ts';
import { credentialNoun } from './key-names.ts';
import { shapeOf } from './token-formats.ts';

/** Why the value of a key is a secret, in words that hold nothing of it; `null` where it is none. */
export function secretReason(node: Scalar, key: string, noun: string | null): string | null {
  const { value } = node;
  if (typeof value === 'number') {
    const digits = (node.source ?? '').replace(/\D/g, '');
    return noun !== null && isGiven(digits, noun) ? byKey : null;
  }
  if (typeof value !== 'string') return null;
  const text = value.replace(reference, blank);
  const shape = shapeOf(text);
  if (shape !== null) return `it has the shape of ${shape}`;
  if (noun !== null && isGiven(text, noun)) return byKey;
  if (hasPassword(text)) return 'it holds a URL with a password';
  if (hasAssignment(text)) return 'it holds a credential by its name';
  return !harmlessKey.test(key.slice(0, 100)) && hasRandomWord(text) ? 'a word of it is as random as keys are' : null;
}

const byKey = 'its key is that of a credential';

/** `{{ env.X }}` and `{{ request_context.headers["X"] }}`, which HolmesGPT fills in, `${X}`, and what is blacked out. */
const reference =
  /\{\{-?\s*[A-Za-z_][\w.]*(?:\[["'][\w .-]*["']\][\w.]*)*\s*-?\}\}|\$\{[A-Za-z_]\w*\}|x{8,}|X{8,}|\*{3,}/g;
/** Stands for a reference: a character of no text that anybody writes. */
const blank = '\uFFFC';

/** Whether that which a credential's name stands for is one: no reference, switch, mask, path or name of a scheme. */
function isGiven(value: string, noun: string): boolean {
  const text = value.trim();
  // What is in a URL is looked for by itself.
  if (/^[a-z][a-z0-9+.-]{1,20}:\/\//.test(text)) return false;
  if (text.includes(blank)) return !isFixed(text.replaceAll(blank, ' '));
  if (/^(?:\d{0,3}|true|false|yes|no|on|off|none|null|[*.x]+|<[^>]*>)$/i.test(text)) return false;
  if (noun === 'tokens' && /^\d+$/.test(text)) return false;
  if (noun.startsWith('auth') && schemeWord.test(text)) return false;
  // Otherwise it is about the way of authentication.
  if (noun === 'auth' && !/^(?:[^\s:]+:\S+|(?:basic|bearer|token|apikey)\s+\S{8,})$/i.test(text)) return false;
  if (text.startsWith('-----BEGIN CERTIFICATE')) return false;
  return !/^(?:(?:~|\.\.?)\/|\/[\w.@-]+\/)[\w.@/-]*$/.test(text);
}

const schemeWord =
  /^(?:basic|bearer|digest|ntlm|kerberos|negotiate|oauth|oauth2|oidc|saml|ldap|jwt|token|api[_-]?key|m?tls|iam|sigv4|anonymous|default|enabled?|disabled?|required|optional)$/i;

/** Words beside a reference, such as `Bearer`. */
function isFixed(text: string): boolean {
  const words = text.split(/[\s:=,;"']+/, 8).filter((word) => word !== '');
  return words.length <= 4 && words.every((word) => /^(?:[A-Za-z_-]{1,16}|OAuth2)$/.test(word));
}

function hasPassword(text: string): boolean {
  return text.matchAll(/:\/\/[^\s/:@?#]*:([^\s/?#@]+)@/g).some(([, password = '']) => isWritten(password, 'password'));
}

/** `token=…` in a URL, in a command or in the settings of a driver, and `Authorization: Bearer …` in a command. */
function hasAssignment(text: string): boolean {
  const isCredential = ([, name = '', value = '']: RegExpExecArray): boolean => {
    const noun = /^(?:sig|signature)$/i.test(name) ? 'secret' : credentialNoun(name);
    return noun !== null && isWritten(value, noun);
  };
  const header = /authorization["']?\s{0,9}:\s{0,9}["']?(?:Bearer|Basic|Token|ApiKey)\s{1,9}([A-Za-z0-9+/=_.~-]{8,})/gi;
  return (
    text.matchAll(/(?:[?&;]|(?:^|\s)(?=--|[A-Z_]{3}))([\w.-]{1,64})=["']?([^&;\s#"'<>]+)/g).some(isCredential) ||
    text.matchAll(header).some(([, value = '']) => !/^[A-Z_-]+$/i.test(value))
  );
}

/** As `isGiven`, inside of a text: there, variables of the shell are references too. */
function isWritten(value: string, noun: string): boolean {
  return !value.includes(blank) && !/^[$%{`]/.test(value) && isGiven(value, noun);
}
