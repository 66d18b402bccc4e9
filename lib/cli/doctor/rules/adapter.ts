/** How the project's text makes its adapters. */
import type { AdapterCall } from '../facts';
import type { Judgement, Rule } from '../finding';
import { unguardedCalls } from '../guard-use';

export const kAdapterRules: readonly Rule[] = [
  poolSetting('pool-wait', 'connectionTimeoutMillis', {
    well: 'the pool has a time limit for waiting',
    why: 'while its connections are busy, or the network swallows packets, a query waits for one for ever',
    fix: 'the guard sets it (ctx.guard, guardAdapter), new PrismaPg(poolConfig(url)) as well; or connectionTimeoutMillis: 10000',
  }),
  poolSetting('keep-alive', 'keepAlive', {
    well: 'the pool keeps its connections alive',
    why: 'an idle connection that a firewall or a failover dropped is only found out by a query that hangs on it',
    fix: 'the guard turns it on (ctx.guard, guardAdapter), new PrismaPg(poolConfig(url)) as well; or keepAlive: true',
  }),
  {
    id: 'connection-errors',
    of: 'project',
    ask: ({ project }) => {
      const { adapterCalls } = project;
      if (adapterCalls.length === 0) return undefined;
      const unguarded = unguardedCalls(project);
      if (unguarded.length === 0) return { severity: 'ok', seen: 'the guard listens for errors on every connection' };
      return {
        severity: 'warning',
        seen: `no ctx.guard() or guardAdapter() around the adapter of ${places(unguarded)}`,
        why:
          "node-postgres raises 'error' on a connection that breaks while it is handed out and idle, or that comes too " +
          'late for its maxWait; without a listener that ends the process',
        fix:
          'ctx.guard(new PrismaPg(…)); or new PrismaPg(pool) with a pool of your own and ' +
          "pool.on('connect', (client) => client.on('error', () => {}))",
      };
    },
  },
];

/** A setting of the driver's pool that its user may forget, and that the guard then makes up for. */
function poolSetting(
  id: string,
  name: string,
  { well, ...lacks }: { readonly well: string; readonly why: string; readonly fix: string },
): Rule {
  return {
    id,
    of: 'project',
    ask: ({ project }) => {
      const { adapterCalls } = project;
      if (adapterCalls.length === 0) return undefined;
      const lacking = adapterCalls.filter(({ settings, names }) => settings === 'literal' && !names.includes(name));
      const unguarded = unguardedCalls(project).filter((call) => lacking.includes(call));
      if (unguarded.length > 0) {
        return { severity: 'warning', seen: `no ${name} at ${places(unguarded)}`, ...lacks };
      }
      return knownOrNot(adapterCalls, lacking.length > 0 ? `the guard sets ${name} at ${places(lacking)}` : well);
    },
  };
}

function places(calls: readonly AdapterCall[]): string {
  return calls.map(({ file, line }) => `${file}:${line}`).join(', ');
}

/** A pool of the user's own, which the guard leaves as it is, is among the unknown. */
function knownOrNot(calls: readonly AdapterCall[], well: string): Judgement {
  const unknown = calls.filter(({ settings }) => settings === 'unknown');
  if (unknown.length === 0) return { severity: 'ok', seen: well };
  return {
    severity: 'info',
    seen: `the settings at ${places(unknown)} cannot be read from the text`,
    why: 'adapters are made there from a variable or a call; this package warns at run time where they lack something',
  };
}
