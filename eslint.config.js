import regexp from 'eslint-plugin-regexp';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { ownKeys } from './lint/own-keys.ts';

const files = ['plugin/**/*.ts', 'detectors/**/*.ts'];

/** The rules that oxlint does not have. oxlint.config.ts has all others. */
export default defineConfig(
  globalIgnores(['dist', 'coverage', '.cache']),
  {
    // Texts are those of tenants: a pattern that tries each way to part them, or each place to begin, can stop the plugin.
    files,
    languageOptions: { parser: tseslint.parser },
    plugins: { regexp },
    rules: { 'regexp/no-super-linear-backtracking': 'error', 'regexp/no-super-linear-move': 'error' },
  },
  {
    files,
    ignores: ['plugin/lib/json.ts', 'plugin/serve/page/browser/**'],
    languageOptions: { parserOptions: { project: 'lint/tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { own: { rules: { keys: ownKeys } } },
    rules: { 'own/keys': 'error' },
  },
);
