// `npm run bench:fleet`
import { launch } from '../../scripts/launch.mjs';

launch('test/bench/fleet/main.ts');
