'use strict';

// The unit suite on a platform that is imitated: on the addons that were built for it, in one process, without what
// starts other processes or Linux' own servers.
const { projects } = require('../../jest.config.js');

const unit = projects.find(({ displayName }) => displayName === 'unit');

module.exports = {
  ...unit,
  rootDir: '../..',
  transform: { '^.+\\.ts$': '<rootDir>/test/platforms/transform-in-js.cjs' },
  // Nothing else is walked through: each file is slow to come by there.
  testMatch: ['**/*.test.ts'],
  roots: ['<rootDir>/lib', '<rootDir>/test/lib', '<rootDir>/test/binding', '<rootDir>/test/support'],
  testPathIgnorePatterns: [
    ...unit.testPathIgnorePatterns,
    '/test/binding/(probe|teardown)',
    // Walked through for what tests need; its own start servers.
    '/test/support/',
    '/test/lib/(addon|cli|mocks)/',
    '/test/lib/(hardening|leak|loaded-twice)\\.test',
    '/test/lib/host/(memory|rude)\\.test',
    // They ask an addon what crosses, which one that is shipped does not tell.
    '/test/binding/seam\\.test',
    '/test/lib/native-fuzz\\.test',
  ],
  testTimeout: 600_000,
  watchman: false,
};
