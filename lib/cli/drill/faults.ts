/** What a drill does to the network, each with what it stands for. */
import { UsageError } from '../usage';
import type { FaultProxy } from '../../faults/network/fault-proxy';
import type { CutRule } from '../../faults/network/rules';

export interface Fault {
  readonly name: string;
  readonly what: string;
  /** How long it lasts; 0 for what happens in a moment. */
  readonly durationMs: number;
  begin(proxy: FaultProxy): Promise<RunningFault>;
}

interface RunningFault {
  /** Connections that were reset or cut so far; undefined where the fault strikes the network as a whole. */
  struck?(): number;
  end(): Promise<void>;
}

const kDelayMs = 250;
const kBytesPerSecond = 8_000;
/** Less than the header of any message of PostgreSQL's or MySQL's protocol. */
const kMidMessage = 3;

async function network(proxy: FaultProxy, become: () => Promise<void>): Promise<RunningFault> {
  await become();
  return { end: () => proxy.pass() };
}

async function resets(proxy: FaultProxy, before?: () => Promise<void>): Promise<RunningFault> {
  await before?.();
  const count = await proxy.reset();
  return { struck: () => count, end: () => proxy.pass() };
}

function cuts(rule: CutRule): RunningFault {
  return { struck: () => rule.hits, end: async () => rule.remove() };
}

export const kFaults: readonly Fault[] = [
  {
    name: 'reset',
    what: 'every open connection is reset: a failover, or a pooler that restarts',
    durationMs: 0,
    begin: (proxy) => resets(proxy),
  },
  {
    name: 'stop',
    what: 'connections are reset and new ones refused: a server that is down',
    durationMs: 3000,
    begin: (proxy) => resets(proxy, () => proxy.refuse()),
  },
  {
    name: 'freeze',
    what: 'nothing moves, then all of it arrives: a paused machine, packets lost and sent again',
    durationMs: 5000,
    begin: (proxy) => network(proxy, () => proxy.stall()),
  },
  {
    name: 'swallow',
    what: 'packets vanish, and what was in flight never arrives: a network partition, a firewall that forgot',
    durationMs: 5000,
    begin: (proxy) =>
      network(proxy, () => proxy.swallow({ newConnections: process.platform === 'linux' ? 'ignore' : 'accept' })),
  },
  {
    name: 'latency',
    what: `every round trip takes ${2 * kDelayMs} ms longer: a database in another region, a saturated link`,
    durationMs: 5000,
    begin: (proxy) => network(proxy, () => proxy.delay(kDelayMs)),
  },
  {
    name: 'cut',
    what: 'every connection is cut in the middle of a message from the database',
    durationMs: 1000,
    begin: async (proxy) => cuts(proxy.cutAtByte({ afterBytes: kMidMessage, times: proxy.counters().open })),
  },
  {
    name: 'lost-answers',
    what: 'the answer to a write is lost after the database has committed it (PostgreSQL without TLS)',
    durationMs: 1000,
    begin: async (proxy) => cuts(proxy.loseAcknowledgements()),
  },
  {
    name: 'throttle',
    what: `the database's answers trickle at ${kBytesPerSecond / 1000} kB/s: a congested link`,
    durationMs: 5000,
    begin: (proxy) => network(proxy, () => proxy.throttle(kBytesPerSecond, { from: 'server' })),
  },
];

const kLongestMs = 600_000;

/** `reset,stop:10000`: names, each with a duration in ms where the usual one will not do. All of them by default. */
export function chooseFaults(list: string | undefined): readonly Fault[] {
  if (list === undefined) return kFaults;
  return list.split(',').map((item) => {
    const [name, duration, ...more] = item.trim().split(':');
    const fault = kFaults.find((each) => each.name === name);
    const known = kFaults.map((each) => each.name).join(', ');
    if (!fault || more.length > 0) throw new UsageError(`--faults: there is no '${item.trim()}'; there are: ${known}`);
    if (duration === undefined) return fault;
    const durationMs = /^\d+$/.test(duration) ? Number(duration) : NaN;
    if (!(durationMs <= kLongestMs))
      throw new UsageError(`--faults: the duration of ${name} is in ms, at most ${kLongestMs}`);
    return { ...fault, durationMs };
  });
}
