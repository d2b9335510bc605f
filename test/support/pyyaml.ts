import { spawnSync } from 'node:child_process';
import { findPython } from '../tools/python.ts';
import { realPart } from './real-part.ts';

const script = `
import json, sys, yaml

def pairs(data):
    if isinstance(data, dict):
        return {"map": [[key, pairs(value)] for key, value in data.items()]}
    if isinstance(data, list):
        return {"list": [pairs(item) for item in data]}
    return data

def read(text):
    try:
        return {"data": pairs(yaml.safe_load(text))}
    except Exception as error:
        return {"error": str(error)}

json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
`;

/**
 * Maps and lists as sent by Python: with the keys in a list, since V8's JSON parser can confuse a key that contains an
 * escape with another one (nodejs/node#63785).
 */
type Sent =
  | string
  | number
  | boolean
  | null
  | { readonly map: readonly (readonly [key: unknown, value: Sent])[] }
  | { readonly list: readonly Sent[] };

/** Result of PyYAML for one text. */
export type Reading = { readonly data: unknown } | { readonly error: string };

/** For the `before` of a suite that needs PyYAML: whether it is installed; with `CI=true` it must be. */
export function hasPyYaml(): boolean {
  return realPart('PyYAML', findPython() !== null, 'node test/tools/python.ts');
}

/** Reads all texts with PyYAML, as HolmesGPT does, in a single Python process. */
export function readWithPyYaml(texts: readonly string[]): readonly Reading[] {
  const { stdout, stderr, status } = spawnSync(findPython() ?? 'python3', ['-c', script], {
    input: JSON.stringify(texts),
    maxBuffer: 256 * 1024 * 1024,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`python3 exited with ${String(status)}: ${stderr}`);
  const readings = JSON.parse(stdout) as readonly ({ readonly data: Sent } | { readonly error: string })[];
  return readings.map((reading) => ('data' in reading ? { data: received(reading.data) } : reading));
}

function received(sent: Sent): unknown {
  if (typeof sent !== 'object' || sent === null) return sent;
  if ('list' in sent) return sent.list.map(received);
  return Object.fromEntries(
    sent.map.map(([key, value]) => [typeof key === 'string' ? key : `${typeof key} ${String(key)}`, received(value)]),
  );
}
