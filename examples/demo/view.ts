/** The live view: redrawn in place on a terminal, a line a second elsewhere. */
import { styleText } from 'node:util';

import type { ResilientPrismaClient, PrismaClientLike } from '../..';
import type { Subject } from './subject';

const kEvents = 6;
const kHistory = 50;
const kBars = ' ▁▂▃▄▅▆▇█';

interface Drawing {
  (text: string): void;
  done(): void;
}

export class View {
  private readonly events: string[] = [];
  private readonly history = new Map<Subject, number[]>();
  private readonly counted = new Map<Subject, number>();
  private readonly began = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private phase = '';

  constructor(
    private readonly resilient: ResilientPrismaClient<PrismaClientLike>,
    private readonly subjects: readonly Subject[],
    private readonly draw: Drawing | undefined,
    private readonly perSecond: number,
  ) {
    for (const subject of subjects) this.history.set(subject, []);
    resilient.on('disconnect', () => this.event('disconnect: the database is gone, operations wait'));
    resilient.on('reconnect:success', ({ outageMs }) =>
      this.event(`reconnect:success after ${Math.round(outageMs)} ms`),
    );
    resilient.on('hard-reset', ({ reason, durationMs }) =>
      this.event(`hard-reset (${reason}): a new client in ${Math.round(durationMs)} ms`),
    );
  }

  /** What is being done to the server now. */
  announce(phase: string): void {
    this.phase = phase;
    this.event(phase, 'yellow');
  }

  start(): void {
    let ticks = 0;
    this.timer = setInterval(() => {
      const second = ++ticks % 5 === 0;
      for (const subject of this.subjects) this.sample(subject);
      if (this.draw) this.draw(this.frame());
      else if (second) console.log(this.line());
    }, 200);
  }

  stop(): void {
    clearInterval(this.timer);
    this.draw?.(this.frame());
    this.draw?.done();
  }

  private event(text: string, colour: 'cyan' | 'yellow' = 'cyan'): void {
    const line = `${this.clock()}  ${styleText(colour, text)}`;
    this.events.push(line);
    if (this.events.length > kEvents) this.events.shift();
    if (!this.draw) console.log(line);
  }

  private clock(): string {
    return `${((performance.now() - this.began) / 1000).toFixed(1).padStart(5)} s`;
  }

  private sample(subject: Subject): void {
    const history = this.history.get(subject)!;
    history.push((subject.succeeded - (this.counted.get(subject) ?? 0)) * 5);
    this.counted.set(subject, subject.succeeded);
    if (history.length > kHistory) history.shift();
  }

  private frame(): string {
    const lines = [styleText('bold', 'prisma-resilient-client: one server, two clients, the same load'), ''];
    for (const subject of this.subjects) lines.push(this.row(subject), `  ${this.bars(subject)}`, '');
    const stats = this.resilient.getConnectionStats();
    lines.push(
      `state ${styleText('bold', stats.state.padEnd(11))} parked ${String(stats.parked).padStart(4)}   ` +
        `in flight ${String(stats.inFlight).padStart(3)}   generation ${stats.generation}   now: ${this.phase}`,
      '',
      ...this.events,
    );
    return lines.join('\n');
  }

  private row(subject: Subject): string {
    const rate = this.history.get(subject)!.at(-1) ?? 0;
    const failed = `failed ${subject.failed}`;
    return (
      `${styleText('bold', subject.name.padEnd(24))} ${String(rate).padStart(4)}/s   waiting ` +
      `${String(subject.inFlight).padStart(4)}   ${subject.failed > 0 ? styleText('red', failed) : failed}`
    );
  }

  private bars(subject: Subject): string {
    const highest = kBars.length - 1;
    return this.history
      .get(subject)!
      .map((rate) => kBars[Math.min(highest, Math.round((rate / this.perSecond / 2) * highest))])
      .join('');
  }

  private line(): string {
    const rows = this.subjects.map(
      (subject) =>
        `${subject.name}: ${this.history.get(subject)!.at(-1)}/s waiting ${subject.inFlight} failed ${subject.failed}`,
    );
    return `${this.clock()}  ${rows.join('  |  ')}  |  state ${this.resilient.getConnectionStats().state}`;
  }
}
