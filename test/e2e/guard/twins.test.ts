import { kNewest } from './lab';
import { twins } from './suites/twins';

twins(kNewest);
