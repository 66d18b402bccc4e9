import type { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { Lane, type Shape } from '../../../../lib/faults/network/lane';

const kOpen: Shape = { reach: 'pass', delayMs: 0, jitterMs: 0, bytesPerSecond: 0 };
const kPiece = Buffer.alloc(200 * 1024);

/** A socket whose peer reads only when told to. */
class SlowSink extends Writable {
  readonly taken: number[] = [];
  private taking: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.taken.push(chunk.length);
    this.taking = done;
  }

  /** The peer reads all there is. */
  drain(): Promise<void> {
    const drained = new Promise<void>((resolve) => this.once('drain', resolve));
    const take = (): void => {
      this.taking?.();
      if (this.writableLength > 0) setImmediate(take);
    };
    take();
    return drained;
  }
}

test('a sink that is full is waited for once, however much comes; then its source goes on', async () => {
  const source = new Readable({ read: () => undefined });
  const sink = new SlowSink({ highWaterMark: 1 });
  const lane = new Lane(
    () => source as unknown as Socket,
    () => sink as unknown as Socket,
    () => kOpen,
    () => 0,
  );
  source.resume();
  for (const round of [1, 2]) {
    for (let i = 0; i < 20; ++i) lane.push(kPiece);
    expect(source.isPaused()).toBe(true);
    expect(sink.listenerCount('drain')).toBe(1);
    await sink.drain();
    expect(source.isPaused()).toBe(false);
    expect(sink.listenerCount('drain')).toBe(0);
    expect(sink.taken).toHaveLength(20 * round);
  }
  lane.stop();
});
