import type { Scenario } from '../scenario';
import { arrayTransactions } from './array-transactions';
import { errors } from './errors';
import { fluent } from './fluent';
import { interactiveTransactions } from './interactive-transactions';
import { modelOperations } from './model-operations';
import { promises } from './promises';
import { raw } from './raw';

/** By theme. */
export const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  'model operations': modelOperations,
  promises: promises,
  relations: fluent,
  'raw statements': raw,
  'array transactions': arrayTransactions,
  'interactive transactions': interactiveTransactions,
  errors: errors,
};
