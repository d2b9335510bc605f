import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Contender, Result } from './compare.ts';
import { contest } from './compare.ts';
import { commandOf } from '../support/built-program.ts';

const repository = join(import.meta.dirname, '../..');

/** The folder that people start from: toolset.yaml and overrides.yaml, full of comments. */
const usual = join(repository, 'manifests/examples/holmesgpt');

/** What else a repository runs over the same files before a commit. */
export const checkingPeer = 'prettier --check';

/** The whole process of `validate`, offline. */
export async function benchValidate(program: string, folder: string, rounds: number): Promise<Result[]> {
  const validate = [...commandOf(program), 'validate', usual];
  const environment = { NODE_COMPILE_CACHE: join(folder, 'compile-cache') };
  assertWorks(validate, environment);
  const prettier = join(repository, 'node_modules/prettier/bin/prettier.cjs');
  const contenders: readonly Contender[] = [
    { name: 'validate', command: validate },
    { name: 'validate, compile cache filled', command: validate, environment },
    { name: checkingPeer, command: [process.execPath, prettier, '--check', usual] },
    { name: 'node -e 0', command: [process.execPath, '-e', '0'] },
  ];
  return contest(contenders, checkingPeer, rounds);
}

/** It fills the compile cache too. */
function assertWorks([command = '', ...args]: readonly string[], environment: Readonly<Record<string, string>>): void {
  const said = execFileSync(command, args, { encoding: 'utf8', env: { ...process.env, ...environment } });
  if (said !== '1 folder checked: no problems\n') throw new Error(`validate found problems:\n${said}`);
}
