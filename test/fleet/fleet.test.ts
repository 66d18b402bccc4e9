/** Thirty processes, and a server that is away for four seconds: what its return costs, beside the same work without it. */
import { Fleet, type FleetReport } from '../support/fleet';

jest.setTimeout(300_000);

const kProcesses = 30;
const kPerSecond = 20;
const kDownMs = 4000;
/** Of what the same work costs without an outage. */
const kMostRatio = 1.5;
/** Of so many rounds the median counts: this machine has other work. */
const kRounds = 3;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await Fleet.open({ mode: 'resilient', processes: kProcesses, pool: 3, perSecond: kPerSecond });
});
afterAll(() => fleet.dispose());

/** Whatever the machine does. */
function expectHonest(report: FleetReport): void {
  expect(report.waiting).toBeGreaterThan(kProcesses * kPerSecond * 2);
  expect({ resets: report.hardResets, unsettled: report.unsettled }).toEqual({ resets: 0, unsettled: 0 });
  expect(report.failed).toHaveLength(report.failedInFlight);
}

test('nobody is reset who is well, nothing fails but what was in flight, and all is settled soon', async () => {
  const ratios: number[] = [];
  const within = (): number => ratios.filter((ratio) => ratio <= kMostRatio).length;
  // Until no further round could change on which side of the bar the median is.
  while (within() <= kRounds / 2 && ratios.length - within() <= kRounds / 2) {
    const report = await fleet.outage(kDownMs, 2000);
    expectHonest(report);
    const costMs = await fleet.burst(Math.ceil(report.waiting / kProcesses));
    ratios.push(report.settledMs / costMs);
    console.info(
      `${report.waiting} operations waited and were settled after ${report.settledMs} ms; without an outage ${costMs} ms`,
    );
  }
  ratios.sort((a, b) => a - b);
  expect(ratios[Math.floor(ratios.length / 2)]).toBeLessThanOrEqual(kMostRatio);
});
