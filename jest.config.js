'use strict';

const common = {
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2021', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  testEnvironment: 'node',
  testPathIgnorePatterns: ['/node_modules/', '/test/.generated/'],
  modulePathIgnorePatterns: [
    '<rootDir>/dist/',
    '<rootDir>/build/',
    '<rootDir>/test/support/prisma-matrix/',
    '<rootDir>/test/bundlers/node_modules/',
  ],
};

/** `unit` needs only the addon; `e2e` starts real servers and takes longer; `matrix` and `chaos` install other versions of Prisma. */
module.exports = {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/{lib,binding}/**/*.test.ts'],
    },
    {
      ...common,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/{support,e2e}/**/*.test.ts'],
    },
    {
      ...common,
      displayName: 'fleet',
      testMatch: ['<rootDir>/test/fleet/*.test.ts'],
    },
    {
      ...common,
      displayName: 'matrix',
      testMatch: ['<rootDir>/test/matrix-*/**/*.test.ts'],
    },
    {
      ...common,
      displayName: 'bundlers',
      testMatch: ['<rootDir>/test/bundlers/*.test.ts'],
    },
    {
      ...common,
      displayName: 'chaos',
      testMatch: ['<rootDir>/test/chaos/**/*.test.ts'],
    },
  ],
  testSequencer: '<rootDir>/scripts/test/longest-first.js',
  // Servers, proxies and a loaded client share the cores with the test itself.
  maxWorkers: 2,
  // On a busy machine the end of a process takes longer than Jest's half a second; what leaks never ends.
  workerGracefulExitTimeout: 15_000,
  testTimeout: 180_000,
};
