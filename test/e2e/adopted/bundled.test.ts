/**
 * Bundles that stand alone, by the lines of docs/bundlers.md: each runs in an empty folder, through a real outage. The other
 * bundlers, Next.js among them, are in test/bundlers (`npm test -- bundlers`).
 */
import { join } from 'node:path';

import { Stage, Standalone, documented, kRoot, warningsAboutUs } from '../../bundlers/stage';
import { PostgresCluster } from '../../support/postgres';
import { createSchema } from '../../support/prisma';

jest.setTimeout(120_000);

let cluster: PostgresCluster;
let stage: Stage;
beforeAll(async () => {
  stage = new Stage(join(kRoot, 'node_modules'));
  cluster = await PostgresCluster.start();
  await createSchema(cluster);
});
afterAll(async () => {
  stage.dispose();
  await cluster.dispose();
});

test.each([
  ['esbuild', 'esbuild/bin/esbuild', 'dist-esbuild', 'app.js'],
  ['ncc', '@vercel/ncc/dist/ncc/cli.js', 'dist-ncc', 'index.js'],
])('%s', async (name, tool, output, program) => {
  const [, ...args] = documented(`# ${name}`).split('\n')[1].trim().split(/\s+/);
  expect(warningsAboutUs(stage.run(tool, ...args))).toEqual([]);
  const standalone = new Standalone();
  try {
    standalone.take(join(stage.folder, output));
    for (const file of stage.compilers) standalone.take(file, file.split('/').pop());
    await standalone.survives(cluster, program);
  } finally {
    standalone.dispose();
  }
});
