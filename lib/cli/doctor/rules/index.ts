import type { Rule } from '../finding';
import { kAdapterRules } from './adapter';
import { kNetworkRules } from './network';
import { kPoolerRules } from './pooler';
import { kProjectRules } from './project';
import { kServerRules } from './server';
import { kUrlRules } from './url';

/** In the order in which they are told. */
export const kRules: readonly Rule[] = [
  ...kProjectRules,
  ...kAdapterRules,
  ...kUrlRules,
  ...kNetworkRules,
  ...kPoolerRules,
  ...kServerRules,
];
