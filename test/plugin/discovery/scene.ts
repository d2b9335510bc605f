import { parse } from 'yaml';
import type { Explanation } from '../../../plugin/commands/explain/explain.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import type { Folder } from '../../support/folder.ts';
import { recording } from '../../support/objects.ts';
import { runHere } from '../../support/run.ts';

/** A cluster and the files in Git. */
export interface Scene {
  readonly items: readonly KubeObject[];
  /** `spec` of toolset.yaml. */
  readonly spec?: object;
  readonly overrides?: object;
  /** What is in the cluster already. */
  readonly live?: KubeObject;
}

type Entry = Readonly<Record<string, unknown>> & { readonly config: Readonly<Record<string, unknown>> };

/** What the program made of it. */
export interface Play {
  readonly code: number;
  /** The manifest as it is printed. */
  readonly text: string;
  readonly stderr: string;
  readonly manifest: KubeObject;
  readonly toolsets: Readonly<Record<string, Entry>>;
  readonly servers: Readonly<Record<string, Entry>>;
  readonly explanation: Explanation;
  /** `decision: reason` of one Service. */
  readonly said: (service: string) => string;
}

/** Runs `generate` and `explain` over a scene: every Service is ready, and answers as the real product does. */
export async function play(folder: Folder, { items, spec = {}, overrides, live }: Scene): Promise<Play> {
  const header = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
  await folder.write('toolset.yaml', JSON.stringify({ ...header, spec }));
  await folder.write('overrides.yaml', JSON.stringify(overrides ?? {}));
  const snapshot = await folder.write('snapshot.json', recording(...items, ...(live ? [live] : [])));
  const flags = ['--path', folder.path, '--snapshot', snapshot];
  const { code, stdout, stderr } = await runHere(['generate', ...flags]);
  const explained = await runHere(['explain', '-o', 'json', ...flags]);

  const manifest = (stdout === '' ? { metadata: { name: '' } } : parse(stdout)) as KubeObject & { data?: object };
  const [file = '{}'] = Object.values(manifest.data ?? {}) as string[];
  const { toolsets, mcp_servers: servers = {} } = parse(file) as {
    toolsets: Record<string, Entry>;
    mcp_servers?: Record<string, Entry>;
  };
  if (explained.code !== 0) throw new Error(explained.stderr);
  const explanation = JSON.parse(explained.stdout) as Explanation;
  const said = (key: string): string => {
    const found = explanation.services.find(({ namespace, name }) => `${namespace}/${name}` === key);
    return found ? `${found.decision}: ${found.reason}` : 'not there';
  };
  return { code, text: stdout, stderr, manifest, toolsets, servers, explanation, said };
}
