// @ts-check
/** The rules for JavaScript and TypeScript, run from the project's folder in tests/parts/lint.sh */

import js from '@eslint/js';
import globals from 'globals';
import typescript from 'typescript-eslint';

/** The code that runs in shops and in Medusa. */
const PRODUCT = ['web/**', 'integrations/medusa/src/**'];
const PARSERS = ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'setHTMLUnsafe'];
const message = 'Text of users must stay text: build elements, and set textContent.';

export default [
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-empty': ['error', { allowEmptyCatch: true }],
      // Prettier breaks such lines.
      'no-unexpected-multiline': 'off',
      // A rest pattern names what it leaves out.
      'no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'no-var': 'error',
      'prefer-const': ['error', { ignoreReadBeforeAssign: true }],
    },
  },
  {
    files: PRODUCT,
    rules: {
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-properties': [
        'error',
        ...PARSERS.map((property) => ({ property, message })),
        { object: 'document', property: 'write', message },
        { object: 'document', property: 'writeln', message },
      ],
    },
  },
  { files: ['web/**'], languageOptions: { globals: globals.browser } },
  {
    files: ['tests/**'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
  ...typescript.configs.recommended.map((config) => ({
    ...config,
    files: ['integrations/**/*.{ts,tsx}'],
  })),
  {
    files: ['integrations/**/*.{ts,tsx}'],
    // Medusa's types ask for it.
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
];
