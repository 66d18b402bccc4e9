/** Version numbers, as far as rules compare them. */

/** True where `version` is older than `than`, pre-releases taken for the release; false where it is none. */
export function isOlder(version: string, than: readonly [number, number, number]): boolean {
  const numbers = version.split('.', 3).map((part) => Number.parseInt(part, 10));
  if (numbers.length < 3 || numbers.some(Number.isNaN)) return false;
  const at = numbers.findIndex((number, index) => number !== than[index]);
  return at >= 0 && (numbers[at] as number) < (than[at] as number);
}

export function major(version: string): number {
  return Number.parseInt(version, 10);
}

/** 150018 → '15.18'; 90624 → '9.6.24'. */
export function postgresVersion(number: number): string {
  const [first, rest] = [Math.floor(number / 10_000), number % 10_000];
  return first >= 10 ? `${first}.${rest}` : `${first}.${Math.floor(rest / 100)}.${rest % 100}`;
}
