/**
 * What an outage costs a fleet of processes that share one server: this package, cockatiel, a bare client.
 *
 *   npm run bench:fleet -- [--processes 30] [--pool 3] [--perSecond 20] [--downMs 4000] [--rounds 3] [MODE...]
 *
 * Each round is an outage and, without one, a burst of as many operations as came meanwhile, the load going on in both;
 * medians are shown. Wants a machine of its own.
 */
import { parseArgs } from 'node:util';

import Table from 'cli-table3';

import { Fleet, type FleetMode, type FleetReport } from '../../support/fleet';

const kModes: readonly FleetMode[] = ['resilient', 'cockatiel', 'bare'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    processes: { type: 'string', default: '30' },
    pool: { type: 'string', default: '3' },
    perSecond: { type: 'string', default: '20' },
    downMs: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '3' },
  },
});
const [processes, pool, perSecond, downMs, rounds] = [
  values.processes,
  values.pool,
  values.perSecond,
  values.downMs,
  values.rounds,
].map(Number) as [number, number, number, number, number];
const modes = positionals.length > 0 ? (positionals as FleetMode[]) : kModes;

interface Round extends FleetReport {
  readonly costMs: number;
}

async function measure(mode: FleetMode): Promise<Round[]> {
  const fleet = await Fleet.open({ mode, processes, pool, perSecond });
  try {
    const measured: Round[] = [];
    for (let round = 0; round < rounds; ++round) {
      const report = await fleet.outage(downMs, 5000);
      measured.push({ ...report, costMs: await fleet.burst(Math.ceil((perSecond * downMs) / 1000)) });
    }
    return measured;
  } finally {
    await fleet.dispose();
  }
}

function median(all: readonly number[]): number {
  return [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN;
}

async function main(): Promise<void> {
  const head = [
    '',
    'first success, ms',
    'all settled, ms',
    'without an outage, ms',
    'failed',
    'of them in flight',
    'resets',
  ];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const mode of modes) {
    const measured = await measure(mode);
    const of = (what: (round: Round) => number): number => Math.round(median(measured.map(what)));
    table.push([
      mode,
      of((round) => round.firstSuccessMs),
      of((round) => round.settledMs),
      of((round) => round.costMs),
      of((round) => round.failed.length),
      of((round) => round.failedInFlight),
      of((round) => round.hardResets),
    ]);
  }
  console.log(`${processes} processes, pools of ${pool}, ${perSecond} operations/s each, ${downMs} ms down:`);
  console.log(table.toString());
}

void main();
