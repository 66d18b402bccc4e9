/** What the probe's addon writes, the core's addon reads: one real result on its whole way. */
import { ConfigError } from '../../lib/errors';
import { ConnectionState, type FailedAttempt, type ProbeResult, native, slots } from '../../lib/native';
import { PostgresCluster } from '../support';
import { lookAt } from './support/probe_watch';

const kSuspectedAt = 10_000;

let cluster: PostgresCluster;
let result: ProbeResult;

beforeAll(async () => {
  cluster = await PostgresCluster.start();
  result = await lookAt(cluster.url());
});
afterAll(() => cluster.dispose());

/** The state of a supervisor that began to suspect its database at kSuspectedAt and hears of `result` at `heardAt`. */
function stateAfter(heardAt: number): ConnectionState {
  const config = new native.NativeConfig({}, ConfigError);
  const supervisor = new native.NativeSupervisor(config, { canReplace: true, hasProbe: true, hasClient: true }, 1, 0);
  const block = supervisor.block();
  supervisor.wantConnection(0);
  const state = (): ConnectionState => Object.values(ConnectionState)[block[slots.state]];
  for (const effect of supervisor.takeEffects())
    if (effect.type === 'verify') supervisor.onVerified(1, effect.id, 'ok');
  const failed: FailedAttempt = {
    ticket: 0,
    operation: { kind: 'read', shape: 'single', hasUserCode: false },
    firstStartedMs: kSuspectedAt - 1,
    tryStartedMs: kSuspectedAt - 1,
    tries: 1,
    epoch: block[slots.epoch],
  };
  const facts = { code: 'ECONNRESET', syscall: 'read', message: 'read ECONNRESET' };
  supervisor.onFailed(kSuspectedAt, failed, facts);
  expect(state()).toBe('suspect');
  supervisor.onProbeResult(heardAt, result);
  return state();
}

test('an answer counts from when it was asked for: latencyMs reaches the core', () => {
  expect(result.latencyMs).toBeGreaterThan(0);
  // Asked for before there was a suspicion, it says nothing about it.
  expect(stateAfter(kSuspectedAt + result.latencyMs / 2)).toBe('suspect');
  expect(stateAfter(kSuspectedAt + result.latencyMs * 2)).toBe('up');
});
