// `npm run test:chaos`
import { launch } from '../scripts/launch.mjs';

launch('test/chaos/run.ts');
