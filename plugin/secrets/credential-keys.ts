import type { Data } from '../lib/json.ts';

const credentialKey =
  /api_?key|token|passw|secret|credential|auth(?!or\b)|bearer|private_?key|client_(?:key|cert)|cookie|session|username/i;

/** Whether a setting gives a credential to whoever is asked: by its key, or by a reference that the consumer resolves. */
export function isCredential(key: string, value: Data): boolean {
  if (value === null) return false;
  if (typeof value === 'string') return credentialKey.test(key) || value.includes('{{');
  if (Array.isArray(value)) return (value as readonly Data[]).some((one) => isCredential(key, one));
  if (typeof value === 'object') return Object.entries(value).some(([inner, one]) => isCredential(inner, one));
  return false;
}
