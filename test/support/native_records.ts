/** Values for whatever crosses between C++ and TypeScript, made from what an addon says of itself. */
import type { FieldSchema, Schema, TypeSchema } from '../../lib/native';

type Fields = Record<string, unknown>;

/** Of each field another value, so that none can be taken for another's. */
export class RecordMaker {
  private made = 0;

  constructor(private readonly schema: Schema) {}

  record(name: string): Fields {
    const found = this.schema.records.find((record) => record.name === name);
    if (!found) throw new Error(`no record ${name}`);
    return this.fields(found.fields);
  }

  /** Each case of a union. */
  cases(name: string): Fields[] {
    const found = this.schema.unions.find((union) => union.name === name);
    if (!found) throw new Error(`no union ${name}`);
    return found.cases.map(({ value, record, fields }) => ({
      [found.tag]: value,
      ...(record === '' ? this.fields(fields) : this.record(record)),
    }));
  }

  fields(fields: readonly FieldSchema[]): Fields {
    return Object.fromEntries(
      fields.flatMap(({ name, type }) => {
        const value = this.value(type);
        return value === undefined ? [] : [[name, value]];
      }),
    );
  }

  /** undefined: nothing of that type can be made here. */
  value(type: TypeSchema): unknown {
    if (type.list) return [this.single(type), this.single(type)];
    return this.single(type);
  }

  private single({ kind, of, least, most }: TypeSchema): unknown {
    const n = ++this.made;
    switch (kind) {
      case 'boolean':
        return true; // false is what is there where nothing is written
      case 'number':
        return n + 0.25;
      case 'whole':
        return Math.min(most, Math.max(least, n));
      case 'time':
        return n + 0.5;
      case 'text':
        return `text ${n} ü€🦀`;
      case 'enumeration': {
        const { values, asNumber } = this.schema.enumerations.find(({ name }) => name === of)!;
        return asNumber ? values.length - 1 : values[n % values.length];
      }
      case 'record':
        return this.record(of);
      case 'union':
        return this.cases(of)[n % this.cases(of).length];
      case 'table':
        return { [`name ${n}`]: `text ${n}` };
      case 'typeScript':
        return of === 'string | null' ? 'in progress' : undefined;
      case 'nothing':
        return undefined;
    }
  }
}
