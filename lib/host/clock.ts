/** The time line of the core, ms of performance.now(), read at the price of process.hrtime(): no number is boxed. */
const { hrtime } = process;

function reading(): number {
  const time = hrtime();
  return time[0] * 1e3 + time[1] * 1e-6;
}

const offset = performance.now() - reading();

export function now(): number {
  const time = hrtime();
  return time[0] * 1e3 + time[1] * 1e-6 + offset;
}
