import type { Data, Path } from '../../../lib/json.ts';
import { isList, isMap } from '../../../lib/json.ts';
import type { ConsumerIssue } from '../../consumer.ts';
import type { ConfigKey } from '../catalog.ts';
import { didYouMean } from '../../../lib/messages/did-you-mean.ts';
import { typeWords } from '../../../lib/messages/text.ts';

const names = { ...typeWords, any: 'anything' } as const;

/**
 * HolmesGPT reads strings that look like numbers or booleans as such; where it expects a string, it takes nothing else.
 */
export function isOfType(value: Data, type: ConfigKey['type']): boolean {
  switch (type) {
    case 'any':
      return true;
    case 'map':
      return isMap(value);
    case 'list':
      return Array.isArray(value);
    case 'string':
      return typeof value === 'string';
    case 'number':
      return (
        typeof value === 'number' ||
        typeof value === 'boolean' ||
        (typeof value === 'string' && (value.includes('{{') || numberText.test(value)))
      );
    case 'boolean':
      return (
        typeof value === 'boolean' ||
        value === 0 ||
        value === 1 ||
        (typeof value === 'string' && (value.includes('{{') || /^(true|false|on|off|yes|no|[01tfyn])$/i.test(value)))
      );
  }
}

/** A number in Python's syntax. */
const numberText = /^\s*[-+]?((\d+(_\d+)*)(\.(\d+(_\d+)*)?)?(e[-+]?\d+)?|\.\d+(e[-+]?\d+)?|inf(inity)?|nan)\s*$/i;

/** Strings that Python reads as false where a boolean is expected. */
export function isOffText(text: string): boolean {
  return /^(false|off|no|0|f|n)$/i.test(text);
}

/** The issue of a value whose type HolmesGPT rejects. */
export function wrongType(path: Path, value: Data, type: ConfigKey['type'], holmes: string): ConsumerIssue {
  return {
    path,
    part: 'value',
    effect: 'rejected',
    message: `${holmes} fails it: invalid ${path.join('.')}: expected ${names[type]}`,
    hint: howToWrite(value, type, path),
  };
}

function howToWrite(value: Data, type: ConfigKey['type'], path: Path): string {
  if (type === 'string' && (typeof value === 'number' || typeof value === 'boolean')) return 'put it in quotes';
  if (type === 'string' && isMap(value) && Object.keys(value).some((key) => /^(?:valueFrom|secretKeyRef)$/.test(key)))
    return 'write "{{ env.NAME }}", and set the variable NAME from the Secret in the environment of HolmesGPT';
  if (type === 'map' && isList(value)) return 'write it as a map: KEY: VALUE on each line, without dashes';
  if (type === 'list' && isMap(value))
    return path.at(-1) === 'instances'
      ? 'write it as a list: each instance after a dash, with its name in the key name'
      : 'write it as a list: each item after a dash';
  return 'correct the value, or remove it';
}

/** Describes the releases that have something. */
export function releases({ since, until }: Pick<ConfigKey, 'since' | 'until'>): string {
  if (until === since) return `it was there in 0.${String(since)}`;
  return until === undefined
    ? `it is there from 0.${String(since)} on`
    : `it was there from 0.${String(since)} to 0.${String(until)}`;
}

/** The closest known key, also by its last word alone: `url` for `prometheus_url`. */
export function didYouMeanKey(word: string, known: readonly string[]): string | null {
  const [longer] = known.filter((one) => one.endsWith(`_${word}`)).sort((a, b) => a.length - b.length);
  return didYouMean(word, known) ?? (longer === undefined ? null : `did you mean ${JSON.stringify(longer)}?`);
}
