// When each suite runs: in one of two lanes, one suite of each at a time.
//
// Suites that wait for servers, clocks and processes leave cores idle, and must not be starved of them. Those that only
// compile and compute (`batch`) run beside them at a lower priority, on what is left; so does what the others must have
// compiled before they begin (`build`).

/**
 * Resolves with what `run(name, lane)` answered for each name, in their order. `lane`: 'alone' where nothing runs beside,
 * else 'front' or 'batch'. `suites`: from a name to `batch` and `build`, of which the latter is a function of a suite.
 */
export async function inTwoLanes(names, suites, run, build) {
  const results = new Map();
  const runIn = (lane) => async (name) => results.set(name, await run(name, lane));
  const front = names.filter((name) => !suites[name].batch);
  const batch = names.filter((name) => suites[name].batch || (suites[name].build && front.length > 1));
  if (front.length === 0 || batch.length === 0) {
    await oneByOne(names, runIn('alone'));
  } else {
    await Promise.all([
      oneByOne(front, runIn('front')),
      oneByOne(batch, (name) => (suites[name].batch ? runIn('batch')(name) : build(name))),
    ]);
  }
  return names.map((name) => results.get(name));
}

async function oneByOne(names, work) {
  for (const name of names) await work(name);
}
