/** The ways to the guard: who makes clients by one of them has it beneath Prisma, whatever else the source does. */
import { readCode } from '../../project/code-text';
import { callsIn } from './calls';

/**
 * `ctx.guard(…)` in a factory; `guardAdapter(…)` for a ready-made client and the extension; the options form and the class
 * that `ResilientClient(…)` makes put it around their adapter themselves.
 */
export type GuardWay = 'ctx.guard' | 'guardAdapter' | 'options' | 'class';

/** Type arguments, as a call may have them; bounded, so that a file full of "<" costs no more than others. */
const kTypes = '(?:<[^(;]{0,200}>\\s*)?';
const call = (callee: string): RegExp => new RegExp(`\\b${callee}\\s*${kTypes}\\(`, 'g');

const kGuard = call('guard\\s*(?:\\?\\.)?');
const kGuardAdapter = call('guardAdapter');
const kClassMaker = call('ResilientClient');
const kConstructor = call('new\\s+(?:\\w+\\.)?ResilientPrismaClient');
const kSubclass = /\bextends\s+(?:\w+\.)?ResilientPrismaClient\b/;
const kSuper = call('super');
/** Of one call: what is longer is read no further. */
const kLongestOptions = 8 * 1024;

/** Those that `source` shows, in its code: a comment guards nothing. */
export function guardWaysIn(source: string): GuardWay[] {
  if (!/\bguard|\bResilient(?:Prisma)?Client\b/.test(source)) return [];
  const code = readCode(source);
  const has = (pattern: RegExp): boolean => callsIn(code, pattern).length > 0;
  const constructs = kSubclass.test(code.text) ? [kConstructor, kSuper] : [kConstructor];
  const ways: Readonly<Record<GuardWay, () => boolean>> = {
    'ctx.guard': () => has(kGuard),
    guardAdapter: () => has(kGuardAdapter),
    options: () => constructs.some((pattern) => callsIn(code, pattern).some(({ given }) => isGuardedOptions(given))),
    class: () => has(kClassMaker),
  };
  return (Object.keys(ways) as GuardWay[]).filter((way) => ways[way]());
}

const kBareClient = call('new\\s+(?:\\w+\\.)?PrismaClient');

/**
 * Whether what stands at a place is given to a `new PrismaClient(…)` itself, with no guard in between: that client has none,
 * whatever else the source does.
 */
export function unguardedPlaces(code: ReturnType<typeof readCode>): (place: number) => boolean {
  const within = (pattern: RegExp) => callsIn(code, pattern).map(({ start, end }) => [start, end] as const);
  const bare = within(kBareClient);
  if (bare.length === 0) return () => false;
  const guards = [kGuard, kGuardAdapter].flatMap(within);
  const holds = (ranges: typeof bare, place: number): boolean =>
    ranges.some(([start, end]) => start < place && place < end);
  return (place) => holds(bare, place) && !holds(guards, place);
}

/** An object that has an adapter, or may get one from another object. A factory and a ready-made client are none. */
function isGuardedOptions(given: string): boolean {
  return /^\s*\{/.test(given) && /[{,]\s*(?:["']?adapter\b|\.\.\.)/.test(outermost(given.slice(0, kLongestOptions)));
}

/** Without what stands in brackets inside of its own. */
function outermost(object: string): string {
  let depth = 0;
  let text = '';
  for (const sign of object) {
    if (')]}'.includes(sign)) depth -= 1;
    if (depth <= 1) text += sign;
    if ('([{'.includes(sign)) depth += 1;
  }
  return text;
}
