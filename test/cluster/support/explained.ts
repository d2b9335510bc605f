import type { Explanation } from '../../../plugin/commands/explain/explanation.ts';
import { outputOf } from './program.ts';
import type { Program } from './program.ts';

export type ExplainedService = Explanation['services'][number];

/** What `explain` says about one Service, given its `namespace/name`. */
export async function explainedService(
  program: Program,
  args: readonly string[],
  key: string,
): Promise<ExplainedService> {
  const output = outputOf(await program.run(['explain', '-o', 'json', ...args, key]));
  return (JSON.parse(output) as Explanation).services[0]!;
}
