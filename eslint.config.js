import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Import directions of the layout: each stage may only import the ones named after it. */
const purity = (files, forbidden) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: forbidden }] },
});

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
  purity(
    ['detectors/**/*.ts'],
    [
      { group: ['**/plugin/**'], message: 'detectors/ imports nothing but detectors/' },
      { regex: '^(?!\\./)', message: 'detectors/ imports nothing but detectors/' },
    ],
  ),
  purity(
    ['plugin/discovery/**/*.ts', 'plugin/consumers/**/*.ts', 'plugin/customizations/**/*.ts'],
    [{ group: ['**/commands/**', '**/serve/**'], message: 'imports point one way: commands -> toolsets -> discovery' }],
  ),
  prettier,
);
