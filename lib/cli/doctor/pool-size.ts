/** How many connections one instance of the application may hold. */
import type { Facts } from './facts';

interface PoolSize {
  readonly connections: number;
  readonly source: string;
}

const kPgDefault = 10;

/** Whether a driver's pool, rather than Prisma's own engine, holds the connections. It may run where it is not installed yet. */
export function usesAdapter({ project }: Facts): boolean {
  return project.adapters.length > 0 || project.declaredAdapters.length > 0;
}

export function poolSize(facts: Facts): PoolSize {
  const { intent, project, url } = facts;
  if (intent.pool !== undefined) return { connections: intent.pool, source: '--pool' };
  const inUrl = Number(url?.parameters.connection_limit);
  const hasUrlLimit = Number.isInteger(inUrl) && inUrl > 0;
  if (!usesAdapter(facts)) {
    if (hasUrlLimit) return { connections: inUrl, source: 'connection_limit of the URL' };
    return { connections: project.cpus * 2 + 1, source: `Prisma's default on ${project.cpus} CPUs` };
  }
  const largest = [...project.adapterCalls].sort((a, b) => (b.max ?? 0) - (a.max ?? 0))[0];
  if (largest?.max !== undefined) return { connections: largest.max, source: `${largest.file}:${largest.line}` };
  if (hasUrlLimit && project.adapterCalls.some(({ settings }) => settings === 'poolConfig')) {
    return { connections: inUrl, source: 'connection_limit of the URL, by poolConfig' };
  }
  return { connections: kPgDefault, source: "the driver's default" };
}
