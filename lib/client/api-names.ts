/**
 * This package's own names on a client that also has the user's models: the models win. Everything is at `$resilience`
 * as well, which no model can be called.
 */
export const kWhole = '$resilience';

export class ApiNames {
  private readonly bound = new Map<string, unknown>();

  constructor(
    private readonly api: object,
    /** Clients extended from one with all names have `$resilience` alone. */
    private readonly wholeAlone = false,
  ) {}

  get prototype(): object | null | undefined {
    return this.wholeAlone ? undefined : Reflect.getPrototypeOf(this.api);
  }

  ofExtended(): ApiNames {
    return new ApiNames(this.api, true);
  }

  has(property: PropertyKey): boolean {
    return property === kWhole || this.isPublic(property);
  }

  get(property: PropertyKey): unknown {
    if (property === kWhole) return this.api;
    if (!this.isPublic(property)) return undefined;
    const value: unknown = Reflect.get(this.api, property);
    if (typeof value !== 'function') return value;
    // Its methods need it as their `this`, not the client.
    if (!this.bound.has(property)) this.bound.set(property, value.bind(this.api));
    return this.bound.get(property);
  }

  /** Not what every object has, and not what EventEmitter keeps for itself. */
  private isPublic(property: PropertyKey): property is string {
    return (
      !this.wholeAlone &&
      typeof property === 'string' &&
      !property.startsWith('_') &&
      !(property in Object.prototype) &&
      !Object.hasOwn(this.api, property) &&
      property in this.api
    );
  }
}
