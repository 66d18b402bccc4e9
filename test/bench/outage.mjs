// `npm run bench:outage`
import { launch } from '../../scripts/launch.mjs';

launch('test/bench/outage/main.ts');
