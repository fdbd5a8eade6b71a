import prettier from 'eslint-config-prettier';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'node_modules/**',
      'lib/**',
      'dist/**',
      'coverage/**',
      '.venv/**',
      '.setup/**',
      'python_ext/**',
      'test-results/**',
      'playwright-report/**',
      'src/record/_*.ts'
    ]
  },
  {
    files: ['src/**/*.{ts,tsx}', 'test/**/*.{ts,mts,tsx}'],
    extends: [...tseslint.configs.recommended, prettier],
    plugins: { 'react-hooks': reactHooks },
    rules: {
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports', prefer: 'type-imports' }
      ],
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'class', format: ['PascalCase'] }
      ],
      // Options of a class stand in a namespace of its name, as in JupyterLab.
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none' }],
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'no-console': 'error',
      'prefer-arrow-callback': ['error', { allowNamedFunctions: true }],
      'react-hooks/exhaustive-deps': 'error',
      'react-hooks/rules-of-hooks': 'error'
    }
  },
  {
    files: [
      '*.js',
      '*.mjs',
      'scripts/**/*.mjs',
      'style/**/*.js',
      'test/**/*.mjs'
    ],
    extends: [tseslint.configs.base, prettier],
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { args: 'none', ignoreRestSiblings: true }
      ],
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'no-undef': 'off',
      'no-var': 'error',
      'prefer-const': 'error'
    }
  }
);
