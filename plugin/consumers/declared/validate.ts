import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import type { CredentialConfig } from '../../settings/schema/credentials.ts';
import type { ConsumerIssue } from '../consumer.ts';
import type { ConsumerDeclaration, FieldRule } from './types.ts';
import { didYouMean } from '../../lib/messages/did-you-mean.ts';
import { shortened, typeWords } from '../../lib/messages/text.ts';

/** What the consumer would reject or ignore in an entry that Git writes. */
export function validateEntry({ title, fields }: ConsumerDeclaration, entry: DataMap): readonly ConsumerIssue[] {
  if (entry.enabled === false) return [];
  const missing = Object.entries(fields).filter(
    ([key, { isRequired }]) => isRequired && getOwn(entry, key) === undefined,
  );
  return [
    ...Object.entries(entry).flatMap(([key, value]) => issuesOf(title, fields, key, value)),
    ...missing.map(([key]): ConsumerIssue => ({
      path: [],
      part: 'key',
      effect: 'incomplete',
      missing: key,
      message: `has no ${key}, which ${title} requires`,
      hint: `add ${key}`,
    })),
  ];
}

function issuesOf(title: string, fields: ConsumerDeclaration['fields'], key: string, value: Data): ConsumerIssue[] {
  const rule = getOwn(fields, key);
  // Every consumer's entries can be switched off.
  if (key === 'enabled' && !rule && typeof value === 'boolean') return [];
  if (!rule) return [unknown(title, key, Object.keys(fields))];
  const expected = expectationOf(rule, value);
  if (expected === null) return [];
  const message = `${key}: ${title} takes ${expected}`;
  return [{ path: [key], part: 'value', effect: 'rejected', message, hint: `write ${expected}` }];
}

/** What is expected of the value; `null` where it is valid. */
function expectationOf({ type, form }: FieldRule, value: Data): string | null {
  if (!isOfType(type, value)) return typeWords[type];
  return form && typeof value === 'string' && !form.pattern.test(value) ? form.words : null;
}

function isOfType(type: FieldRule['type'], value: Data): boolean {
  if (type === 'list') return Array.isArray(value);
  return type === 'map' ? isMap(value) : typeof value === type;
}

/** What the consumer would not accept of a credential. */
export function validateCredential(
  { title, credentials }: ConsumerDeclaration,
  credential: CredentialConfig,
): readonly ConsumerIssue[] {
  return Object.entries(credential).flatMap(([key, value]): ConsumerIssue[] => {
    if (!Object.hasOwn(credentials, key)) return [unknown(title, key, Object.keys(credentials))];
    if (!JSON.stringify(value).includes('{{')) return [];
    return [
      {
        path: [key],
        part: 'value',
        effect: 'rejected',
        message: `${key}: ${title} does not fill in {{ … }}`,
        hint: 'write ${NAME}',
      },
    ];
  });
}

/** Maximum number of keys to list: people read no more in one line. */
const maxListed = 8;

function unknown(title: string, key: string, known: readonly string[]): ConsumerIssue {
  return {
    path: [key],
    part: 'key',
    effect: 'ignored',
    message: `${title} knows no key ${JSON.stringify(key)} here`,
    hint: didYouMean(key, known) ?? `known are ${shortened(known, maxListed).join(', ')}`,
  };
}
