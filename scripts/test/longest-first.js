'use strict';

// Jest starts with what took longest in the run before, and in a new checkout with the largest file: there this says what
// takes long, so that no worker begins with it when the others are about to end.
const { existsSync } = require('node:fs');
const { join, relative, sep } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

const root = join(__dirname, '..', '..');

/** Seconds on a quiet machine, rounded. */
const kLong = {
  'test/e2e/twin/twins.test.ts': 70,
  'test/e2e/cli/drill.test.ts': 45,
  'test/e2e/outage/silent-answers.test.ts': 40,
  'test/e2e/generation-life.test.ts': 45,
  'test/e2e/outage/evidence.test.ts': 35,
  'test/e2e/outage/silent-connections.test.ts': 35,
  'test/e2e/exit.test.ts': 35,
  'test/e2e/outage/pgbouncer-silent.test.ts': 35,
  'test/e2e/outage/network.test.ts': 30,
  'test/e2e/saturation.test.ts': 25,
  'test/e2e/secrets.test.ts': 25,
  'test/e2e/tls/password.test.ts': 25,
  'test/e2e/tls/table.test.ts': 25,
  'test/e2e/cli/documents.test.ts': 20,
  'test/e2e/errors/postgres.test.ts': 20,
  'test/e2e/idle.test.ts': 17,
  'test/e2e/recovery.test.ts': 17,
  'test/e2e/frozen-process.test.ts': 15,
  'test/e2e/toolbox/outage.test.ts': 15,
  'test/e2e/toolbox/serverless.test.ts': 15,
  'test/chaos/older-prismas.test.ts': 75,
  'test/chaos/by-mark.test.ts': 50,
  'test/chaos/prisma-7.test.ts': 50,
  'test/lib/native-fuzz.test.ts': 25,
  'test/binding/probe_exit.test.ts': 15,
  'test/lib/host/rude.test.ts': 12,
  'test/binding/teardown.test.ts': 12,
  'test/lib/addon/loader.test.ts': 10,
};

for (const file of Object.keys(kLong)) {
  if (!existsSync(join(root, file))) throw new Error(`longest-first: there is no ${file}`);
}

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const known = super.sort(tests);
    if (known.every((test) => test.duration !== undefined)) return known;
    const seconds = ({ path, duration }) =>
      duration === undefined ? (kLong[relative(root, path).split(sep).join('/')] ?? 0) : duration / 1000;
    return [...known].sort((one, other) => seconds(other) - seconds(one));
  }
};
