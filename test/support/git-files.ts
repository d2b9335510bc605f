import type { GitFiles } from '../../plugin/validate/git-files.ts';
import { filesIn } from '../../plugin/validate/git-files.ts';

const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';

/** An Application's files by name; `spec` is that of toolset.yaml, as YAML on one line. */
export async function gitFiles(spec: string, texts: Readonly<Record<string, string>> = {}): Promise<GitFiles> {
  const all = new Map(Object.entries({ 'toolset.yaml': `${head}spec: ${spec}\n`, ...texts }));
  const [first] = await filesIn((name) => {
    const text = all.get(name);
    return Promise.resolve(text === undefined ? null : { name, text });
  });
  if (!first) throw new Error('there is no target');
  return first;
}
