// `npm run bench:idle`
import { launch } from '../../scripts/launch.mjs';

launch('test/bench/idle/main.ts');
