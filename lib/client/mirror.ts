/**
 * A Proxy that stands for something of the current generation: a client, or a model's delegate. Reads go to what the
 * recipe makes there; methods and delegates are exchanged for ours, once per name; what the user sets stays set for all
 * generations.
 *
 * Its target is an empty object, so that no invariant of proxies ties it to one generation. The price: what a client
 * reports as non-configurable we report as configurable.
 */
import { inspect } from 'node:util';

import type { AnyFunction } from './@prisma-frames';
import type { Environment } from './environment';
import type { Recipe } from './recipe';
import type { Generation } from '../contracts/operation';

/** `exchange` returns it for what is read afresh each time. */
export const kReadThrough = Symbol('read through');

/** A property that an assignment makes. */
export const kOrdinary = { configurable: true, enumerable: true, writable: true } as const;

export abstract class Mirror<T extends object> implements ProxyHandler<object> {
  /** The first of its properties, and no method: proxies find their traps faster that way. This one is on the hot path. */
  readonly get = (_target: object, property: PropertyKey): unknown => {
    const generation = this.runner.current();
    if (generation !== undefined && generation.epoch === this.epoch) {
      const answer = this.answers.get(property);
      if (answer !== undefined) return answer;
    }
    return this.read(property, generation);
  };

  readonly environment: Environment;
  readonly proxy: T;
  abstract readonly recipe: Recipe<T>;

  private readonly runner;
  /** What reads answer with, valid for one generation only: the next client may lack the property. */
  private readonly answers = new Map<PropertyKey, unknown>();
  private epoch = -1;
  /** The `Symbol.toStringTag` of what it stands for, where that has one. */
  protected readonly tag: string | undefined = undefined;
  private overrides: Record<PropertyKey, unknown> | undefined;

  constructor(environment: Environment) {
    this.environment = environment;
    this.runner = environment.runner;
    // Node's inspect looks at a proxy's target alone, and calls what it finds there.
    const target = Object.defineProperty({}, inspect.custom, { value: () => this.inspect(), configurable: true });
    this.proxy = new Proxy(target, this) as T;
  }

  /** Ours for what `source` has under `property`: the same for each call, or kReadThrough. */
  protected abstract exchange(property: PropertyKey, value: unknown, source: T, generation: Generation): unknown;

  /** What reads answer with where `source` has nothing, or undefined. */
  protected absent(_property: PropertyKey, _source: T): unknown {
    return undefined;
  }

  /** What reads answer with as long as there is no client to ask; of what every object has, that is known. */
  protected abstract guess(name: string): unknown;

  /** What `$parent` shows. */
  abstract readonly shownParent: object;

  has(_target: object, property: PropertyKey): boolean {
    return this.isOverridden(property) || Reflect.has(this.source(), property);
  }

  ownKeys(): (string | symbol)[] {
    const keys = Reflect.ownKeys(this.source());
    return this.overrides ? [...new Set([...keys, ...Reflect.ownKeys(this.overrides)])] : keys;
  }

  getOwnPropertyDescriptor(_target: object, property: PropertyKey): PropertyDescriptor | undefined {
    const source = this.overrides && this.isOverridden(property) ? this.overrides : this.source();
    const descriptor = Reflect.getOwnPropertyDescriptor(source, property);
    return descriptor && { ...descriptor, configurable: true };
  }

  getPrototypeOf(): object | null {
    return Reflect.getPrototypeOf(this.source());
  }

  set(_target: object, property: PropertyKey, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.proxy) {
      return Reflect.defineProperty(receiver as object, property, { value, ...kOrdinary });
    }
    this.answers.delete(property);
    this.overrides ??= Object.create(null) as Record<PropertyKey, unknown>;
    return Reflect.set(this.overrides, property, value);
  }

  defineProperty(_target: object, property: PropertyKey, descriptor: PropertyDescriptor): boolean {
    this.answers.delete(property);
    this.overrides ??= Object.create(null) as Record<PropertyKey, unknown>;
    return Reflect.defineProperty(this.overrides, property, descriptor);
  }

  deleteProperty(_target: object, property: PropertyKey): boolean {
    return this.overrides === undefined || Reflect.deleteProperty(this.overrides, property);
  }

  /** A frozen proxy would have to answer the same for all generations. */
  preventExtensions(): boolean {
    return false;
  }

  protected read(property: PropertyKey, generation: Generation | undefined): unknown {
    if (this.overrides && this.isOverridden(property)) return Reflect.get(this.overrides, property);
    if (generation === undefined) return this.guessed(property);
    if (generation.epoch !== this.epoch) {
      this.answers.clear();
      this.epoch = generation.epoch;
    }
    const source = this.recipe.on(generation);
    const value: unknown = Reflect.get(source, property);
    if (value === undefined) return this.absent(property, source);
    const answer = property === '$parent' ? this.shownParent : this.exchange(property, value, source, generation);
    if (answer === kReadThrough) return value;
    this.answers.set(property, answer);
    return answer;
  }

  private guessed(property: PropertyKey): unknown {
    if (property === Symbol.toStringTag) return this.tag;
    if (typeof property !== 'string' || property in Object.prototype) return Reflect.get(Object.prototype, property);
    return property === '$parent' ? this.shownParent : this.guess(property);
  }

  /** Reads answer with something of ours, the same for each call. */
  protected isKept(property: PropertyKey): boolean {
    return this.answers.has(property);
  }

  private isOverridden(property: PropertyKey): boolean {
    return this.overrides !== undefined && Object.hasOwn(this.overrides, property);
  }

  private source(): object {
    const generation = this.runner.current();
    return generation === undefined ? {} : this.recipe.on(generation);
  }

  /** Prisma's clients and delegates show all their properties; ours show the same ones. */
  private inspect(): unknown {
    if (this.overrides === undefined) return this.source();
    const shown = { ...this.proxy } as Record<PropertyKey, unknown>;
    delete shown[inspect.custom];
    return shown;
  }
}

/**
 * Whether a property is a method to stand in for. Not: what every object has (`toString`), classes, and functions that
 * carry properties of their own.
 */
export function isWrappable(property: PropertyKey, value: unknown): value is AnyFunction {
  if (typeof value !== 'function' || property === 'constructor') return false;
  if (Reflect.get(Object.prototype, property) === value) return false;
  if (Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false) return false;
  return Reflect.ownKeys(value).every((key) => kPlainFunctionKeys.has(key));
}

const kPlainFunctionKeys: ReadonlySet<PropertyKey> = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);

/** Gives `wrapper` the name and length of what it stands for, as on a bare client. */
export function disguise(wrapper: AnyFunction, original: unknown): AnyFunction {
  if (typeof original !== 'function') return wrapper;
  Object.defineProperty(wrapper, 'name', { value: original.name, configurable: true });
  Object.defineProperty(wrapper, 'length', { value: original.length, configurable: true });
  return wrapper;
}
