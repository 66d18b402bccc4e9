/**
 * Looks at the client at a steady pace, remembers, and tells those who watch. The looks go on while nobody watches, so
 * that a page opened in the middle of the night shows how it began; the server is only asked while somebody does.
 */
import { randomBytes } from 'node:crypto';

import type { Observation } from '../observation';
import { type Bin, binBetween } from './bin';
import { History } from './history';
import { type Point, type Update, pointOf, viewOf } from './message';
import type { DashboardSource, ServerActivity } from './source';

/** One server-sent event. */
type Watcher = (text: string) => void;

const kLookMs = 500;
const kActivityMs = 5000;
/** States may change many times in one turn of the loop: they are looked at together. */
const kSoonMs = 50;

export class Feed {
  private readonly history = new History();
  private readonly watchers = new Set<Watcher>();
  /** Of this feed: after a restart of the process, an id of the former one means nothing. */
  private readonly instance = randomBytes(6).toString('hex');
  private readonly timer: NodeJS.Timeout;
  private soon: NodeJS.Timeout | undefined;
  private last: Observation;
  private bounds: readonly number[];
  private told = 0;
  private activity: ServerActivity | undefined;
  private asking = false;
  private asked = -Infinity;

  constructor(private readonly source: DashboardSource) {
    this.last = source.observe();
    this.bounds = this.last.latency.finely.map(({ bound }) => bound);
    this.told = lastId(this.last);
    this.timer = setInterval(() => this.look(), kLookMs).unref();
    source.on?.('state', this.lookSoon);
  }

  /**
   * Tells `watcher` what came after `lastEventId`, or everything where that is unknown, and then what comes. Answers how
   * to end it.
   */
  watch(watcher: Watcher, lastEventId?: string): () => void {
    const bins = this.history.bins();
    const [instance, since, event] = (lastEventId ?? '').split('.');
    const known = instance === this.instance;
    const points = bins.filter((bin) => !known || bin.at >= Number(since)).map((bin) => this.point(bin));
    const events = this.last.events.filter(({ id }) => !known || id > Number(event));
    watcher(`retry: 1000\n${this.encode(known ? 'update' : 'history', { points, events, view: this.view() })}`);
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  close(): void {
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.source.off?.('state', this.lookSoon);
    this.watchers.clear();
  }

  private readonly lookSoon = (): void => {
    this.soon ??= setTimeout(() => this.look(), kSoonMs).unref();
  };

  private look(): void {
    clearTimeout(this.soon);
    this.soon = undefined;
    let observed: Observation;
    try {
      observed = this.source.observe();
    } catch {
      return; // A timer's error would end the process. The next look covers this span too.
    }
    const bin = binBetween(this.last, observed);
    this.last = observed;
    this.history.add(bin);
    const events = observed.events.filter(({ id }) => id > this.told);
    this.told = lastId(observed);
    if (this.watchers.size === 0) return;
    this.askServer();
    const text = this.encode('update', { points: [this.point(bin)], events, view: this.view() });
    for (const watcher of this.watchers) watcher(text);
  }

  private point(bin: Bin): Point {
    return pointOf(bin, this.bounds, this.last.latency.max);
  }

  private view(): Update['view'] {
    return viewOf(this.last, this.activity);
  }

  /** The id says up to where the page knows everything: the time of the last look, and the last event. */
  private encode(name: 'history' | 'update', update: Update): string {
    const id = `${this.instance}.${this.last.at}.${lastId(this.last)}`;
    return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(update)}\n\n`;
  }

  private askServer(): void {
    const { stats, at } = this.last;
    if (!stats.isConnected) this.activity = undefined;
    if (this.asking || !stats.isConnected || at - this.asked < kActivityMs) return;
    this.asking = true;
    this.asked = at;
    const told = (activity?: ServerActivity): void => {
      this.activity = activity;
      this.asking = false;
    };
    (async () => this.source.serverActivity())().then(told, () => told());
  }
}

function lastId({ events }: Observation): number {
  return events[events.length - 1]?.id ?? 0;
}
