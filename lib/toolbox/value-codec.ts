/**
 * Values as text and back, for entries that leave the process. What Prisma answers comes back as what it was: dates,
 * bigints, bytes, decimals, NaN, undefined in objects and arrays.
 */
import { types } from 'node:util';

const kTag = '$type';

/** A class like decimal.js's, as Prisma bundles it: told by its methods, because each client brings its own. */
interface DecimalLike {
  readonly constructor: new (text: string) => object;
  toFixed(): string;
}

export class ValueCodec {
  /** Learnt from the first decimal that passes; until then an entry with one cannot be read. */
  private decimal: (new (text: string) => object) | undefined;

  /** Throws a TypeError where the value holds what cannot come back: functions, symbols, cycles, foreign classes. */
  encode(value: unknown): string {
    return JSON.stringify(this.plain(value, new Set()));
  }

  /** Throws where the text is not what encode() writes, or holds a decimal and none has been seen yet. */
  decode(text: string): unknown {
    return this.revive(JSON.parse(text));
  }

  private plain(value: unknown, above: Set<object>): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : { [kTag]: 'number', value: Object.is(value, -0) ? '-0' : String(value) };
      case 'undefined':
        return { [kTag]: 'undefined' };
      case 'bigint':
        return { [kTag]: 'bigint', value: String(value) };
      case 'object':
        return value === null ? null : this.plainObject(value, above);
      case 'function':
      case 'symbol':
        throw new TypeError(`A ${typeof value} cannot be kept in a shared cache.`);
    }
  }

  private plainObject(value: object, above: Set<object>): unknown {
    // Not instanceof: values may come from another realm.
    if (types.isDate(value)) return { [kTag]: 'date', value: value.getTime() };
    if (types.isUint8Array(value)) return this.bytes(value);
    if (isDecimal(value)) {
      this.decimal = value.constructor;
      return { [kTag]: 'decimal', value: String(value) };
    }
    if (above.has(value)) throw new TypeError('A value that contains itself cannot be kept in a shared cache.');
    above.add(value);
    const plain = Array.isArray(value)
      ? Array.from(value, (item: unknown) => this.plain(item, above))
      : this.plainRecord(value, above);
    above.delete(value);
    return plain;
  }

  private plainRecord(value: object, above: Set<object>): object {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw new TypeError(`A ${value.constructor?.name || 'foreign'} object cannot be kept in a shared cache.`);
    }
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, this.plain(item, above)]);
    const record = Object.fromEntries(entries);
    return kTag in record ? { [kTag]: 'record', value: record } : record;
  }

  private bytes(value: Uint8Array): object {
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
    return { [kTag]: Buffer.isBuffer(value) ? 'buffer' : 'bytes', value: text };
  }

  private revive(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.revive(item));
    if (kTag in value) return this.reviveTagged(value as { [kTag]: string; value?: unknown });
    return this.reviveRecord(value);
  }

  private reviveRecord(value: object): object {
    return Object.fromEntries(Object.entries(value).map(([key, item]): [string, unknown] => [key, this.revive(item)]));
  }

  private reviveTagged(tagged: { [kTag]: string; value?: unknown }): unknown {
    const { [kTag]: type, value } = tagged;
    switch (type) {
      case 'number':
        return Number(value);
      case 'undefined':
        return undefined;
      case 'bigint':
        return BigInt(value as string);
      case 'date':
        return new Date(value === null ? NaN : (value as number));
      case 'bytes':
        return new Uint8Array(Buffer.from(value as string, 'base64'));
      case 'buffer':
        return Buffer.from(value as string, 'base64');
      case 'decimal':
        if (!this.decimal) throw new TypeError('No decimal has been seen in this process yet.');
        return new this.decimal(value as string);
      case 'record':
        return this.reviveRecord(value as object);
      default:
        throw new TypeError('This is not an entry of ours.');
    }
  }
}

function isDecimal(value: object): value is DecimalLike {
  const decimal = value as { toDecimalPlaces?: unknown; toFixed?: unknown; s?: unknown; e?: unknown; d?: unknown };
  return typeof decimal.toDecimalPlaces === 'function' && typeof decimal.toFixed === 'function' && 'd' in value;
}
