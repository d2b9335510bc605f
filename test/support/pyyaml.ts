import { spawnSync } from 'node:child_process';
import { findPython } from '../tools/python.ts';
import { realPart } from '../cluster/require.ts';

const script = `
import json, sys, yaml

def read(text):
    try:
        return {"data": yaml.safe_load(text)}
    except Exception as error:
        return {"error": str(error)}

json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
`;

/** What PyYAML made of one text. */
export type Reading = { readonly data: unknown } | { readonly error: string };

/** For `before` of a suite that needs PyYAML: whether it is here; with `CI=true` it must be. */
export function hasPyYaml(): boolean {
  return realPart('PyYAML', findPython() !== null, 'node test/tools/python.ts');
}

/** Lets PyYAML read all texts, in one process of Python, as HolmesGPT does. */
export function readWithPyYaml(texts: readonly string[]): readonly Reading[] {
  const { stdout, stderr, status } = spawnSync(findPython() ?? 'python3', ['-c', script], {
    input: JSON.stringify(texts),
    maxBuffer: 256 * 1024 * 1024,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`python3 ended with ${String(status)}: ${stderr}`);
  return JSON.parse(stdout) as readonly Reading[];
}
