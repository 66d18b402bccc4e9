/** Everything that crosses between C++ and TypeScript, through the real addons, both ways. */
import { type Schema, native } from '../../lib/native';
import { probeAddon } from '../../lib/native-probe';
import { RecordMaker } from '../support/native_records';

interface Addon {
  describe(): Schema;
  mirror(record: string, value: unknown): unknown;
}
const probe = probeAddon().addon as unknown as Addon;
const addons: [string, Addon][] = [
  ['the core', native],
  ['the probe', probe],
];

describe.each(addons)('%s', (_, addon) => {
  const schema = addon.describe();
  const records = schema.records.map(({ name, fields }) => ({ name, fields }));
  const unions = schema.unions.map(({ name }) => name);

  test('describes itself', () => {
    expect(records.length).toBeGreaterThan(5);
    expect(schema.classes.length).toBeGreaterThan(1);
  });

  test.each(records)('$name: each field arrives as it was sent', ({ name }) => {
    // Twelve times: enumerations take another of their values each time.
    const maker = new RecordMaker(schema);
    for (let round = 0; round < 12; ++round) {
      const sent = maker.record(name);
      expect(addon.mirror(name, sent)).toEqual(sent);
    }
  });

  test.each(unions)('%s: each case arrives as it was sent', (name) => {
    for (const sent of new RecordMaker(schema).cases(name)) expect(addon.mirror(name, sent)).toEqual(sent);
  });

  test.each(records)('$name: what is missing, unknown or of another type is refused by name', ({ name, fields }) => {
    const maker = new RecordMaker(schema);
    const right = maker.record(name);
    expect(() => addon.mirror(name, { ...right, latencyy: 1 })).toThrow(`${name} has no field 'latencyy'`);
    expect(() => addon.mirror(name, undefined)).toThrow('must be an object, and is undefined');
    for (const { name: field, type, need } of fields) {
      const wrong = () => addon.mirror(name, { ...right, [field]: Symbol('wrong') });
      expect(wrong).toThrow(new RegExp(`${name}\\.${field} must be .*, and is a symbol`));
      const without = Object.fromEntries(Object.entries(right).filter(([other]) => other !== field));
      const missing = () => addon.mirror(name, without);
      if (need === 'defaulted' || need === 'optional') expect(missing).not.toThrow();
      else expect(missing).toThrow(new RegExp(`${name}\\.${field} must be .*, and is undefined`));
      if (need === 'nullable') expect(addon.mirror(name, { ...right, [field]: null })).toMatchObject({ [field]: null });
      if (type.kind === 'whole') {
        for (const number of [type.least - 1, type.most * 2 + 2, 0.5, NaN]) {
          const value = type.list ? [number] : number;
          expect(() => addon.mirror(name, { ...right, [field]: value })).toThrow(`${name}.${field} must be `);
        }
      }
    }
  });
});

test('a refusal repeats no text: it may be a password', () => {
  const facts = { poolActive: 'hunter2' } as never;
  expect(() => native.classifyError(facts)).toThrow(
    /^classifyError: ErrorFacts\.poolActive must be .*, and is a string$/,
  );
});

test('what a getter throws comes out as it is', () => {
  const facts = {
    get message(): never {
      throw new RangeError('mine');
    },
  };
  expect(() => native.classifyError(facts)).toThrow(new RangeError('mine'));
});
