import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';
import { ownKeys } from './lint/own-keys.ts';

/** The pure stages: the same input gives the same bytes. Which modules they may import, .dependency-cruiser.js says. */
const pure = ['detectors/**/*.ts', 'plugin/{discovery,consumers,customizations}/**/*.ts'];
const impure = [
  'Date',
  'performance',
  'process',
  'crypto',
  'fetch',
  'navigator',
  'setTimeout',
  'setInterval',
  'setImmediate',
];

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules', '.cache'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: 'error',
      'no-useless-rename': 'error',
      'object-shorthand': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: pure,
    rules: {
      'no-restricted-globals': [
        'error',
        ...impure.map((name) => ({
          name,
          message: 'a pure stage has no clock, environment or I/O: take it as an argument',
        })),
      ],
    },
  },
  {
    files: ['plugin/**/*.ts', 'detectors/**/*.ts'],
    ignores: ['plugin/lib/json.ts', 'plugin/serve/page/browser/**'],
    plugins: { own: { rules: { keys: ownKeys } } },
    rules: { 'own/keys': 'error' },
  },
  {
    // Texts are those of tenants: a pattern that tries each way to part them is a way to stop the plugin.
    files: ['plugin/**/*.ts', 'detectors/**/*.ts'],
    plugins: { regexp },
    rules: { 'regexp/no-super-linear-backtracking': 'error' },
  },
  {
    files: ['plugin/**/*.ts'],
    ignores: ['plugin/main.ts', 'plugin/lib/clock.ts', 'plugin/serve/page/browser/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'the environment is read in plugin/main.ts alone' },
        { object: 'process', property: 'argv', message: 'arguments are read in plugin/main.ts alone' },
        { object: 'Math', property: 'random', message: 'take chance from lib/clock.ts, which tests can replace' },
      ],
    },
  },
  prettier,
);
