/**
 * What an operation is, for the core. Nothing is judged here: the kinds come from the core, through functions that the
 * host hands in.
 */
import type { OperationKind } from '../native-types.generated';
import { internalsOf } from './internals';
import type { BareClient, BareDelegate } from './recipe';

/** The core's judgement of operations. Opaque here. */
export interface OperationKinds {
  /** Of one of Prisma's operations: 'findMany', 'create', … An unknown one is a write. */
  operationKind(action: string): OperationKind;
  /** Of a raw statement; `provider` as Prisma's schema names it ('postgresql', 'mysql', …). */
  sqlKind(sql: string, provider?: string): OperationKind;
  /** Whether a raw statement may commit a part of its work before it fails. */
  sqlMayCommitInside(sql: string, provider?: string): boolean;
  /** Of a transaction, from the kinds of its members; undefined for one with a callback. */
  transactionKind(members?: readonly OperationKind[]): OperationKind;
}

/** Prisma's operations on a model, in 5, 6 and 7. Everything else that a delegate has was added by an extension. */
export const kModelActions: ReadonlySet<PropertyKey> = new Set([
  'aggregate',
  'aggregateRaw',
  'count',
  'create',
  'createMany',
  'createManyAndReturn',
  'delete',
  'deleteMany',
  'findFirst',
  'findFirstOrThrow',
  'findMany',
  'findRaw',
  'findUnique',
  'findUniqueOrThrow',
  'groupBy',
  'update',
  'updateMany',
  'updateManyAndReturn',
  'upsert',
]);

/** Prisma's operations on a client that answer with a PrismaPromise. */
export const kRawActions: ReadonlySet<PropertyKey> = new Set([
  '$executeRaw',
  '$executeRawUnsafe',
  '$queryRaw',
  '$queryRawTyped',
  '$queryRawUnsafe',
  '$runCommandRaw',
]);

/** The text of a raw statement, from what `$queryRaw` and its like are called with; '' where there is none. */
export function sqlText(args: readonly unknown[]): string {
  const [query, ...values] = args;
  if (typeof query === 'string') return query;
  if (typeof query !== 'object' || query === null) return '';
  if (Array.isArray(query)) {
    // Prisma.sql and Prisma.raw among the values are part of the text.
    return query.map((text, i) => (i === 0 ? text : valueText(values[i - 1]) + text)).join('');
  }
  return valueText(query);
}

/** Any value reads the same, being none of the statement's business. */
const kSomeValue = ' 0 ';

function valueText(value: unknown): string {
  const { strings, sql } = (value ?? {}) as { strings?: unknown; sql?: unknown };
  if (Array.isArray(strings)) return strings.join(kSomeValue);
  return typeof sql === 'string' ? sql : kSomeValue;
}

/** The parts of Prisma's extension list (`_extensions`, the same in 5, 6 and 7) that tell whether user code runs. */
interface ExtensionList {
  isEmpty?(): boolean;
  getAllModelExtensions?(model: string): Record<string, unknown> | undefined;
  getAllQueryCallbacks?(model: string, operation: string): readonly unknown[];
  getAllComputedFields?(model: string): object | undefined;
}

/** Whether `query` extensions or `$use` middlewares run inside `operation`. Where that cannot be seen: yes. */
export function runsUserCode(client: BareClient, model: string | undefined, operation: string): boolean {
  const { _middlewares, _extensions } = internalsOf(client);
  const middlewares = _middlewares as { get?(index: number): unknown } | undefined;
  if (middlewares?.get?.(0) !== undefined) return true;
  const extensions = _extensions as ExtensionList | undefined;
  if (!extensions || extensions.isEmpty?.() === true) return false;
  const name = model === undefined ? '$none' : model.charAt(0).toLowerCase() + model.slice(1);
  const callbacks = extensions.getAllQueryCallbacks?.(name, operation);
  return callbacks === undefined || callbacks.length > 0;
}

/** Whether results carry values that an extension computes: methods may be among them, and nobody sees those called. */
export function hasComputedFields(client: object): boolean {
  const { _extensions, _runtimeDataModel } = internalsOf(client);
  const extensions = _extensions as ExtensionList | undefined;
  if (!extensions || extensions.isEmpty?.() === true) return false;
  return Object.keys(_runtimeDataModel?.models ?? {}).some(
    (model) => extensions.getAllComputedFields?.(model) !== undefined,
  );
}

/** Whether an extension's method stands where Prisma's own operation of that name was. */
export function isReplacedByExtension(client: BareClient, model: string | undefined, operation: string): boolean {
  if (model === undefined) return false;
  const extensions = internalsOf(client)._extensions as ExtensionList | undefined;
  return extensions?.getAllModelExtensions?.(model)?.[operation] !== undefined;
}

/** Prisma's name of a delegate's model. `$name` is missing in early 5, `name` may be an extension's. */
export function modelName(delegate: BareDelegate): string | undefined {
  if (typeof delegate.$name === 'string') return delegate.$name;
  return typeof delegate.name === 'string' ? delegate.name : undefined;
}

/** Whether a property of a client is a model's delegate. Not by its name: a model may be called anything. */
export function isDelegate(value: unknown): value is BareDelegate {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const { findMany, findUnique, create } = value as BareDelegate;
  return typeof findMany === 'function' || typeof findUnique === 'function' || typeof create === 'function';
}
