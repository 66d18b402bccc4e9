// Comparisons in one process: every subject once per round, in another order each round, so that a slow moment of the
// machine meets all of them and none always runs after the same other.

export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place % 1);
}

export const median = (numbers) => quantile(numbers, 0.5);

/** The values of each subject by name, one per round. The first `warmUp` rounds are thrown away. */
export async function alternate(subjects, { rounds, warmUp = 3, measure }) {
  const values = new Map(subjects.map(({ name }) => [name, []]));
  for (let round = -warmUp; round < rounds; ++round) {
    for (let i = 0; i < subjects.length; ++i) {
      const subject = subjects[(i + round + warmUp) % subjects.length];
      const value = await measure(subject);
      if (round >= 0) values.get(subject.name).push(value);
    }
  }
  return values;
}

/** Prints whether `value` is on the right side of its bar; a missed one makes the process fail. */
export function verdict(what, value, { atMost, atLeast }) {
  const reached = atMost === undefined ? value >= atLeast : value <= atMost;
  const bar = atMost === undefined ? `at least ${atLeast.toFixed(3)}` : `at most ${atMost.toFixed(3)}`;
  console.log(`${reached ? 'reached' : 'MISSED '}  ${what}: ${value.toFixed(3)} (${bar})`);
  if (!reached) process.exitCode = 1;
}
