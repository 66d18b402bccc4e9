/**
 * The faults, one after the other, in an order and with details that a seed decides. Each leaves a server and a network
 * that work; how the client fares is not waited for, except where two recoveries of the server would follow each other
 * while writes are still in doubt: that is more than a position in the log can tell (a marker row can).
 */
import { paced } from '../support/pace';
import { Random } from '../support/random';
import type { Stage } from './stage';

type Fault = (stage: Stage, random: Random) => Promise<void>;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Connections break at a random byte of what either side sends. */
const cutAtByte: Fault = async ({ proxy }, random) => {
  for (let cuts = random.between(3, 12); cuts > 0; cuts -= 1) {
    const from = random.pick<'client' | 'server'>(['client', 'server']);
    const rule = proxy.cutAtByte({ from, afterBytes: random.between(0, 4000), then: random.pick(['reset', 'close']) });
    await pause(random.between(20, 80));
    rule.remove();
  }
};

/** Acknowledgements get lost on the way: what was done looks as if it had failed. */
const loseAcknowledgements: Fault = async ({ proxy }, random) => {
  const rule = proxy.loseAcknowledgements({ probability: 0.3, then: random.pick(['reset', 'close']) });
  await pause(random.between(200, 800));
  rule.remove();
};

/** COMMITs get lost on the way: what looks as if it had been done has not. */
const loseCommits: Fault = async ({ proxy }, random) => {
  const sql = /^(COMMIT|INSERT|WITH)/;
  const rule = proxy.cutAfter({ from: 'client', message: 'Statement', sql, drop: true, probability: 0.3 });
  await pause(random.between(200, 800));
  rule.remove();
};

const terminateBackends: Fault = async ({ pair }, random) => {
  for (let times = random.between(1, 3); times > 0; times -= 1) {
    await pair.primary.terminateBackends();
    await pause(random.between(20, 200));
  }
};

const freeze: Fault = async ({ pair }, random) => {
  await pair.primary.freeze();
  await pause(random.between(300, 1500));
  pair.primary.thaw();
};

const stallNetwork: Fault = async ({ proxy }, random) => {
  await proxy.stall();
  await pause(random.between(300, 1500));
  await proxy.pass();
};

const refuse: Fault = async ({ proxy }, random) => {
  await proxy.refuse();
  await proxy.reset();
  await pause(random.between(200, 1000));
  await proxy.pass();
};

const restart: Fault = async ({ pair }, random) => {
  await pair.primary.stop(random.pick(['fast', 'immediate']));
  await pause(random.between(0, 800));
  await pair.primary.start();
};

const crashBackend: Fault = async ({ pair }) => {
  await pair.primary.crashBackend('true LIMIT 1').catch(() => undefined);
  await pair.primary.accepting();
};

/** The standby has every commit that was acknowledged, and perhaps more. */
const failOver: Fault = async ({ pair, proxy }, random) => {
  await pair.fence();
  await pause(random.between(0, 500));
  await pair.promote();
  proxy.retarget(pair.primary);
  await pause(300);
  await pair.rebuildStandby();
  await pair.setSynchronous(true);
};

const kNetwork: readonly [Fault, ...Fault[]] = [
  cutAtByte,
  loseAcknowledgements,
  loseCommits,
  terminateBackends,
  freeze,
  stallNetwork,
  refuse,
];
const kServer: readonly [Fault, ...Fault[]] = [restart, crashBackend, failOver];

export interface FaultLog {
  readonly counts: Record<string, number>;
}

/** Until `durationMs` have passed, and at least three: every third fault is one of the server. */
export async function causeFaults(
  stage: Stage,
  durationMs: number,
  onFault: (name: string) => void = () => undefined,
  seed = stage.options.seed,
): Promise<FaultLog> {
  const random = new Random(seed);
  const counts: Record<string, number> = {};
  const end = performance.now() + durationMs;
  for (let n = 0; n < 3 || performance.now() < end; n += 1) {
    await pause(random.between(100, 600));
    const ofServer = n % 3 === 2;
    const fault = random.pick(ofServer ? kServer : kNetwork);
    if (ofServer) await untilDecided(stage, end);
    onFault(fault.name);
    await fault(stage, random);
    counts[fault.name] = (counts[fault.name] ?? 0) + 1;
  }
  return { counts };
}

/** Until every write that has begun by now has ended. */
async function untilDecided({ ledger }: Stage, end: number): Promise<void> {
  const open = new Set(ledger.attempts.filter(({ state }) => state === 'pending').map(({ token }) => token));
  const isOpen = (): boolean => ledger.attempts.some(({ state, token }) => state === 'pending' && open.has(token));
  const latest = end + paced(30_000);
  while (isOpen() && performance.now() < latest) await pause(20);
}
