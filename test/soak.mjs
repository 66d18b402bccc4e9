// `npm run soak`
import { launch } from '../scripts/launch.mjs';

launch('test/soak/run.ts');
