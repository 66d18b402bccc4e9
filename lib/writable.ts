/** For records that are put together bit by bit. */
export type Writable<T> = { -readonly [Name in keyof T]: T[Name] };
