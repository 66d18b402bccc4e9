// `npm run bench:outage-mariadb`
import { launch } from '../../scripts/launch.mjs';

launch('test/bench/outage-mariadb/main.ts');
