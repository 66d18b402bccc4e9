// When each suite runs.
//
// Suites that start programs run side by side in lanes, each of which takes the next one when it is free: their tests wait
// for servers and limits more than they compute. Beneath them, at a lower priority, goes what only compiles and computes
// (`batch`), one after the other, on what is left of the cores; first of it what any suite must have compiled before it
// begins (`build`). A lane with nothing left to start helps with it. Last, with nothing beside them, those that measure the
// machine itself or read what others have written (`alone`).

const kLanes = ['front', 'beside'];

/**
 * Resolves with what `run(name, lane)` answered for each name, in their order. `lane`: 'alone' where nothing runs beside,
 * else 'front', 'beside' or 'batch'. `suites`: from a name to `batch`, `alone` and `build`, of which the last is a
 * function of a suite.
 */
export async function runInTurn(names, suites, run, build) {
  const results = new Map();
  const runIn = async (name, lane) => results.set(name, await run(name, lane));
  const alone = names.filter((name) => suites[name].alone || names.length === 1);
  const batch = names.filter((name) => suites[name].batch && !alone.includes(name));
  const waiting = names.filter((name) => !batch.includes(name) && !alone.includes(name));

  const building = new Map();
  let built = Promise.resolve();
  for (const name of waiting.filter((each) => suites[each].build)) {
    built = built.then(() => build(name)).then(() => building.delete(name));
    building.set(name, built);
  }
  const lanes = waiting.length > 0 ? kLanes.slice(0, waiting.length) : [];
  // Beneath nobody, they need not make way.
  const compute = () => takeAll(batch, (name) => runIn(name, lanes.length > 0 ? 'batch' : 'alone'));
  await Promise.all([
    ...lanes.map((lane) => inLane(waiting, building, (name) => runIn(name, lane)).then(compute)),
    built.then(compute),
  ]);
  await takeAll(alone, (name) => runIn(name, 'alone'));
  return names.map((name) => results.get(name));
}

/** Takes from `waiting` the first that nothing is being built for, until there is none. */
async function inLane(waiting, building, work) {
  while (waiting.length > 0) {
    const next = waiting.findIndex((name) => !building.has(name));
    if (next < 0) await Promise.race(building.values());
    else await work(...waiting.splice(next, 1));
  }
}

async function takeAll(names, work) {
  while (names.length > 0) await work(names.shift());
}
