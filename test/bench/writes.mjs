// `npm run bench:writes`
import { launch } from '../../scripts/launch.mjs';

launch('test/bench/writes/main.ts');
