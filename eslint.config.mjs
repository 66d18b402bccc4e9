import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/generated/',
      'dist/',
      'build/',
      'prebuilds/',
      'coverage/',
      'test/.generated/',
      'test/.tmp/',
      '**/node_modules/',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    // What only the compiler's types can tell: a promise that nobody awaits, and a case that nobody thought of. `default`
    // is no excuse: whoever adds a value to an enum is led to each switch over it.
    files: ['lib/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      // What grows beyond that is two concepts.
      'max-lines': ['error', { max: 350, skipBlankLines: false }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { requireDefaultForNonUnion: true }],
    },
  },
  { files: ['lib/native-types.generated.ts'], rules: { 'max-lines': 'off' } },
  {
    // Slow to load, and needed by no one before a client is made.
    files: ['lib/**/*.ts'],
    ignores: ['lib/cli/**', 'lib/faults/**', 'lib/observe/dashboard/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: ['node:crypto', 'node:net', 'node:tls', 'node:v8', 'node:vm', 'node:worker_threads'].map((name) => ({
            name,
            allowTypeImports: true,
            message: 'use builtins() of lib/builtins.ts',
          })),
        },
      ],
    },
  },
  {
    // Several hosts are no URL to JavaScript, names come encoded, addresses in brackets: one file knows that.
    files: ['lib/**/*.ts'],
    ignores: ['lib/connection-url.ts', 'lib/observe/exchange.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="URL"]', message: 'read a database URL by lib/connection-url.ts' },
      ],
    },
  },
  {
    // Bundlers write ES modules as well, and these have neither. The command line is never bundled.
    files: ['lib/**/*.ts'],
    ignores: ['lib/addon/own-folder.ts', 'lib/addon/wasm.ts', 'lib/cli/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['__dirname', '__filename'].map((name) => ({ name, message: 'use ownFolder() of lib/addon/own-folder.ts' })),
      ],
    },
  },
  {
    // What lies in somebody's project may be a pipe, a device, or as large as a disk.
    files: ['lib/cli/doctor/**/*.ts', 'lib/cli/project/**/*.ts'],
    ignores: ['lib/cli/project/read-file.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['fs', 'node:fs', 'fs/promises', 'node:fs/promises'].map((name) => ({
            name,
            importNames: ['readFileSync', 'readFile', 'openSync', 'open', 'createReadStream', 'promises', 'default'],
            message: 'use readText() of lib/cli/project/read-file.ts',
          })),
        },
      ],
    },
  },
  {
    files: ['lib/**/*.ts', 'test/**/*.ts', 'examples/**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'off',
    },
  },
  {
    // Two workers of a test runner that install into one folder at once undo each other's work.
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'CallExpression > Literal[value="npm"] ~ ArrayExpression > Literal:first-child[value=/^(ci|i|install)$/]',
          message: 'tests install nothing: a suite does, before its runner starts (scripts/install-packages.mjs)',
        },
      ],
    },
  },
  {
    // They are about types alone.
    files: ['test/types/*.ts'],
    rules: { '@typescript-eslint/no-unused-vars': 'off', 'no-useless-assignment': 'off' },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        require: 'readonly',
        module: 'writable',
        __dirname: 'readonly',
        __filename: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        setImmediate: 'readonly',
        performance: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
      },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // Parts of one script, put together by scripts/build-dashboard.mjs.
    files: ['lib/observe/dashboard/page/*.js'],
    rules: { 'no-undef': 'off', '@typescript-eslint/no-unused-vars': 'off', 'no-unused-vars': 'off' },
  },
);
