import { newest, oldest } from '../../consumers/holmesgpt/catalog.ts';
import { commit } from './commit.ts';

/** Output of `version` and `--version`: one fact per line, its name first, for people and for scripts. */
export function versionText(version: string, node: string): string {
  const facts = [
    ['dynamic-toolset', version],
    ['commit', commit],
    ['Node.js', node],
    ['HolmesGPT', `${oldest} to ${newest}`],
  ];
  return facts.map(([name = '', fact = '']) => `${name.padEnd(16)}${fact}\n`).join('');
}
