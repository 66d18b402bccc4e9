/**
 * Hours in bounded room: the last minutes as they were sampled, what is older in ever wider bins. Time is told, never
 * asked for.
 */
import { type Bin, merge } from './bin';

interface Level {
  /** Of its bins. */
  readonly ms: number;
  /** How many it keeps. */
  readonly keep: number;
}

/** Ten minutes in half seconds, two hours in ten seconds, a day in minutes. */
export const kLevels: readonly Level[] = [
  { ms: 500, keep: 1200 },
  { ms: 10_000, keep: 720 },
  { ms: 60_000, keep: 1440 },
];

export class History {
  private readonly levels: { readonly level: Level; readonly bins: Bin[]; growing: Bin | undefined }[];

  constructor(levels: readonly Level[] = kLevels) {
    this.levels = levels.map((level) => ({ level, bins: [], growing: undefined }));
  }

  add(bin: Bin): void {
    this.levels.forEach((ring, index) => {
      // The finest level keeps what it is given; the others fill bins that begin at multiples of their width.
      if (index === 0) return put(ring, bin);
      const { growing, level } = ring;
      const fits = growing && Math.floor(growing.at / level.ms) === Math.floor(bin.at / level.ms);
      if (growing && !fits) put(ring, growing);
      ring.growing = growing && fits ? merge(growing, bin) : bin;
    });
  }

  /** Oldest first, each time span once, as fine as it is still known. */
  bins(): Bin[] {
    let until = Infinity;
    let all: Bin[] = [];
    for (const { bins } of this.levels) {
      const older = bins.filter((bin) => bin.at + bin.ms <= until);
      all = [...older, ...all];
      until = all[0]?.at ?? until;
    }
    return all;
  }
}

function put(ring: { readonly level: Level; readonly bins: Bin[] }, bin: Bin): void {
  ring.bins.push(bin);
  if (ring.bins.length > ring.level.keep) ring.bins.shift();
}
