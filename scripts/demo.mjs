// `npm run demo`
import { launch } from './launch.mjs';

launch('examples/demo/main.ts', { jobs: ['demo'] });
