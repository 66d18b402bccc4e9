// When each suite runs.
//
// First those whose tests are not about time, in two lanes: suites that start programs take turns, and those that only
// compile and compute (`batch`) run beside them at a lower priority, on the cores that they leave idle. So does what any
// suite must have compiled before it begins (`build`). Then, one after the other and with nothing beside them, those
// whose tests are about time (`quiet`).

/**
 * Resolves with what `run(name, lane)` answered for each name, in their order. `lane`: 'alone' where nothing runs beside,
 * else 'front' or 'batch'. `suites`: from a name to `batch`, `quiet` and `build`, of which the last is a function of a
 * suite.
 */
export async function runInTurn(names, suites, run, build) {
  const results = new Map();
  const runIn = (lane) => async (name) => results.set(name, await run(name, lane));
  const quiet = names.filter((name) => suites[name].quiet);
  const front = names.filter((name) => !suites[name].quiet && !suites[name].batch);
  const batch = names.filter((name) => suites[name].batch || (suites[name].build && names.length > 1));
  if (front.length === 0 || batch.length === 0) {
    await oneByOne(names, runIn('alone'));
  } else {
    await Promise.all([
      oneByOne(front, runIn('front')),
      oneByOne(batch, (name) => (suites[name].batch ? runIn('batch')(name) : build(name))),
    ]);
    await oneByOne(quiet, runIn('alone'));
  }
  return names.map((name) => results.get(name));
}

async function oneByOne(names, work) {
  for (const name of names) await work(name);
}
