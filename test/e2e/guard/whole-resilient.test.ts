import { kNewest } from './lab';
import { wholeResilient } from './suites/whole-resilient';

for (const guarded of [true, false]) wholeResilient(kNewest, guarded);
