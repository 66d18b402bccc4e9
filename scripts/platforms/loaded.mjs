// Fails where another addon is loaded here than the prebuilt one of that target: node scripts/platforms/loaded.mjs TARGET
import { createRequire } from 'node:module';

const { loadCore, loadProbe } = createRequire(import.meta.url)('../../dist/addon/loader.js');
const [target] = process.argv.slice(2);
const core = loadCore();
const probe = loadProbe();
console.log(`core: ${core.kind}, ${core.from}; probe: ${probe.kind ? probe.from : probe.refused.join('; ')}`);
const expected = new RegExp(`prebuilds[\\\\/]${target}[\\\\/]`);
if (!expected.test(core.from)) {
  console.error(`the addon of ${target} was expected`);
  process.exit(1);
}
