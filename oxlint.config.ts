import eslint from '@eslint/js';
import { defineConfig } from 'oxlint';
import tseslint from 'typescript-eslint';

type Rules = NonNullable<Parameters<typeof defineConfig>[0]['rules']>;

/** The presets as ESLint would apply them: the last setting of a rule wins. */
const presets = [
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
];

/**
 * Rules of the presets that oxlint does not have: the first two are errors of syntax in a module. The last takes
 * `x === undefined || x.since === null` for an optional chain.
 */
const missing = [
  'no-dupe-args',
  'no-octal',
  'typescript/no-unsafe-class-instance-assignment',
  'typescript/prefer-optional-chain',
];

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

export default defineConfig({
  ignorePatterns: ['node_modules', 'dist', 'coverage', '.cache', '*.js', '.*.js'],
  options: { typeAware: true },
  plugins: ['typescript'],
  categories: { correctness: 'off' },
  rules: {
    ...presetRules(),
    'typescript/consistent-type-imports': 'error',
    'typescript/explicit-module-boundary-types': 'error',
    'typescript/no-unused-vars': ['error', { ignoreRestSiblings: true }],
    'typescript/restrict-template-expressions': ['error', { allowNumber: true }],
    'typescript/switch-exhaustiveness-check': 'error',
    eqeqeq: 'error',
    'no-useless-rename': 'error',
    'object-shorthand': 'error',
    'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
  },
  overrides: [
    {
      files: ['test/**/*.ts'],
      rules: { 'typescript/no-unused-expressions': 'off', 'typescript/no-non-null-assertion': 'off' },
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
      files: ['plugin/**/*.ts'],
      rules: {
        'no-restricted-properties': [
          'error',
          { object: 'process', property: 'env', message: 'the environment is read in plugin/main.ts alone' },
          { object: 'process', property: 'argv', message: 'arguments are read in plugin/main.ts alone' },
          { object: 'Math', property: 'random', message: 'take chance from lib/clock.ts, which tests can replace' },
        ],
      },
    },
    {
      files: ['plugin/main.ts', 'plugin/lib/clock.ts', 'plugin/serve/page/browser/**'],
      rules: { 'no-restricted-properties': 'off' },
    },
    {
      files: ['oxlint.config.ts'],
      rules: { 'no-restricted-exports': 'off' },
    },
  ],
});

function presetRules(): Rules {
  const settings = presets
    .flatMap(({ rules = {} }) => Object.entries(rules))
    .map(([name, setting]) => [name.replace('@typescript-eslint/', 'typescript/'), setting] as const);
  const on = [...new Map(settings)].filter(([name, setting]) => setting !== 'off' && !missing.includes(name));
  return Object.fromEntries(on) as Rules;
}
