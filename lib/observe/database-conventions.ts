/**
 * OpenTelemetry's conventions for database clients: how long operations take as their callers see it, and what the
 * adapter's pool does. https://opentelemetry.io/docs/specs/semconv/db/database-metrics/
 */
import type { Attributes, Meter } from '@opentelemetry/api';

import type { PoolEvents } from '../adapter/pool-events';
import { extractErrorFacts } from '../client/error-facts';
import type { DatabaseName } from '../host/database-identity';
import type { OperationEnd } from '../host/operation-tracer';
import type { Observation } from './observation';

/** The part of a ResilientPrismaClient that is used. */
export interface ConventionSource {
  observe(): Observation;
  tracePool(events: Omit<PoolEvents, 'taken'> | undefined): void;
}

interface Conventions {
  ended(end: OperationEnd): void;
  stop(): void;
}

/** Advised for all of them, in seconds. */
const kBuckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
const kInSeconds = { unit: 's', advice: { explicitBucketBoundaries: kBuckets } };
/** What the conventions have for whatever is not known, or would be of too many kinds. */
const kOther = '_OTHER';
const kFewKinds = /^\w{1,64}$/;

export function databaseConventions(source: ConventionSource, meter: Meter, attributes: Attributes): Conventions {
  const database = new DatabaseAttributes(source, attributes);
  const duration = meter.createHistogram('db.client.operation.duration', {
    description: 'Duration of database client operations.',
    ...kInSeconds,
  });
  const stopPool = exportPool(source, meter, () => database.ofPool());
  return {
    ended: (end) => duration.record(end.durationMs / 1000, database.ofOperation(end)),
    stop: stopPool,
  };
}

/** The answers of the client are kept: asking it is too dear for each operation. */
class DatabaseAttributes {
  private name: DatabaseName | undefined;
  private readonly operations = new Map<string, Attributes>();

  constructor(
    private readonly source: ConventionSource,
    private readonly own: Attributes,
  ) {}

  ofOperation({ operation, model, failure }: OperationEnd): Attributes {
    const key = `${model ?? ''}.${operation}`;
    let attributes = this.operations.get(key);
    if (attributes === undefined) {
      const collection = model === undefined ? undefined : (this.database()?.tables[model] ?? model);
      attributes = { ...this.ofServer(), 'db.operation.name': operation };
      if (collection !== undefined) attributes['db.collection.name'] = collection;
      // Before there is a client nothing is known of its database.
      if (this.name !== undefined) this.operations.set(key, attributes);
    }
    return failure === undefined ? attributes : { ...attributes, ...ofError(failure.error) };
  }

  ofPool(): Attributes {
    const { host, port, namespace } = this.database() ?? {};
    const server = port === undefined ? (host ?? '') : `${host ?? ''}:${port}`;
    return { ...this.own, 'db.client.connection.pool.name': `${server}/${namespace ?? ''}` };
  }

  private ofServer(): Attributes {
    const { system = 'other_sql', host, port, namespace } = this.database() ?? {};
    return {
      ...this.own,
      'db.system.name': system,
      ...(namespace !== undefined && { 'db.namespace': namespace }),
      ...(host !== undefined && { 'server.address': host }),
      ...(port !== undefined && { 'server.port': port }),
    };
  }

  private database(): DatabaseName | undefined {
    return (this.name ??= this.source.observe().database);
  }
}

function ofError(error: unknown): Attributes {
  const { code, errorCode, name, originalCode } = extractErrorFacts(error);
  const type = [code, errorCode, name].find((text) => text !== undefined && kFewKinds.test(text)) ?? kOther;
  return { 'error.type': type, ...(originalCode && { 'db.response.status_code': originalCode }) };
}

function exportPool(source: ConventionSource, meter: Meter, attributes: () => Attributes): () => void {
  const inSeconds = (name: string, description: string) =>
    meter.createHistogram(`db.client.connection.${name}`, { description, ...kInSeconds });
  const waited = inSeconds('wait_time', 'The time it took to obtain an open connection from the pool.');
  const opened = inSeconds('create_time', 'The time it took to create a new connection.');
  const used = inSeconds('use_time', 'The time between borrowing a connection and returning it to the pool.');
  const timeouts = meter.createCounter('db.client.connection.timeouts', {
    description: 'The number of connection timeouts that have occurred trying to obtain a connection from the pool.',
    unit: '{timeout}',
  });
  source.tracePool({
    waited: (ms) => waited.record(ms / 1000, attributes()),
    opened: (ms) => opened.record(ms / 1000, attributes()),
    used: (ms) => used.record(ms / 1000, attributes()),
    timedOut: () => timeouts.add(1, attributes()),
  });

  const count = meter.createObservableUpDownCounter('db.client.connection.count', {
    description: 'The number of connections that are currently in the state described by the state attribute.',
    unit: '{connection}',
  });
  const max = meter.createObservableUpDownCounter('db.client.connection.max', {
    description: 'The maximum number of open connections allowed.',
    unit: '{connection}',
  });
  const pending = meter.createObservableUpDownCounter('db.client.connection.pending_requests', {
    description: 'The number of current pending requests for an open connection.',
    unit: '{request}',
  });
  const all = [count, max, pending];
  const look: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    const { pool } = source.observe();
    if (pool === undefined) return;
    const common = attributes();
    result.observe(count, pool.idle, { ...common, 'db.client.connection.state': 'idle' });
    result.observe(count, pool.open - pool.idle, { ...common, 'db.client.connection.state': 'used' });
    result.observe(pending, pool.waiting, common);
    if (pool.max !== undefined) result.observe(max, pool.max, common);
  };
  meter.addBatchObservableCallback(look, all);
  return () => {
    meter.removeBatchObservableCallback(look, all);
    source.tracePool(undefined);
  };
}
