import { aloneOf, newToken, tokenBound } from '../../../../lib/adapter/verify/token';

const kUuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('tokens are UUIDs of version 7, all different', () => {
  const tokens = Array.from({ length: 5000 }, () => newToken().uuid);
  for (const token of tokens) expect(token).toMatch(kUuid7);
  expect(new Set(tokens).size).toBe(tokens.length);
});

test('they are ordered by time, and a bound lies between', () => {
  const at = 1_750_000_000_000;
  for (let i = 0; i < 200; i += 1) {
    expect(newToken(at - 1).uuid < tokenBound(at)).toBe(true);
    expect(newToken(at).uuid > tokenBound(at)).toBe(true);
  }
  expect(newToken(at).writtenAt).toBe(at);
});

test('the token of a mark that was committed by itself is another one, and is swept with it', () => {
  const at = 1_750_000_000_000;
  const { uuid } = newToken(at);
  expect(aloneOf(uuid)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(aloneOf(uuid) > tokenBound(at)).toBe(true);
  expect(aloneOf(uuid) < tokenBound(at + 1)).toBe(true);
});
