import type { Scenario } from '../scenario';
import { arrayTransactions } from './array-transactions';
import { clientExtensions } from './client-extensions';
import { errors } from './errors';
import { fluent } from './fluent';
import { introspection } from './introspection';
import { interactiveTransactions } from './interactive-transactions';
import { life } from './life';
import { modelExtensions } from './model-extensions';
import { modelOperations } from './model-operations';
import { promises } from './promises';
import { queryExtensions } from './query-extensions';
import { raw } from './raw';

/** By theme. */
export const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  'model operations': modelOperations,
  promises: promises,
  relations: fluent,
  'raw statements': raw,
  'array transactions': arrayTransactions,
  'interactive transactions': interactiveTransactions,
  errors,
  'query extensions': queryExtensions,
  'model extensions': modelExtensions,
  'client and result extensions': clientExtensions,
  introspection,
  'life of a client': life,
};
