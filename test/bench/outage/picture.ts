/** Operations over time: a row for each fault, a column for each subject. SVG. */
import { scaleLinear } from 'd3-scale';
import { area, curveStepAfter } from 'd3-shape';

import { kFaults } from './faults';
import type { Run } from './run';
import { type SubjectName, kSubjects } from './subjects';

const kBinMs = 100;
const kCell = { width: 300, height: 92, gapX: 26, gapY: 34 };
const kMargin = { left: 54, top: 66, right: 16, bottom: 34 };
const kColours = { success: '#2a9d8f', failure: '#d1495b', fault: '#f4e3b2', grid: '#d9d9d9', text: '#333333' };

interface Bin {
  readonly at: number;
  /** Per second. */
  readonly succeeded: number;
  readonly failed: number;
}

/** One run for each cell; those with the same rate. */
export function draw(runs: readonly Run[]): string {
  const faults = [...new Set(runs.map(({ fault }) => fault))];
  const subjects = [...new Set(runs.map(({ subject }) => subject))];
  const { rate } = runs[0];
  const width = kMargin.left + subjects.length * (kCell.width + kCell.gapX) - kCell.gapX + kMargin.right;
  const height = kMargin.top + faults.length * (kCell.height + kCell.gapY) + kMargin.bottom;
  const cells = runs.map((each) => {
    const x = kMargin.left + subjects.indexOf(each.subject) * (kCell.width + kCell.gapX);
    const y = kMargin.top + faults.indexOf(each.fault) * (kCell.height + kCell.gapY) + kCell.gapY / 2;
    return group(x, y, drawCell(each));
  });
  const heads = subjects.map((subject, index) =>
    text(kMargin.left + index * (kCell.width + kCell.gapX), 46, kSubjects[subject satisfies SubjectName], 'bold'),
  );
  const legend =
    `${rate.toLocaleString('en-US')} operations begin each second. Ended per second: ` +
    `<tspan fill="${kColours.success}" font-weight="bold">succeeded</tspan>, ` +
    `<tspan fill="${kColours.failure}" font-weight="bold">failed</tspan>; shaded: the fault. ` +
    'Seconds since it began.';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      `font-family="system-ui, sans-serif" font-size="11" fill="${kColours.text}">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${kMargin.left}" y="22">${legend}</text>`,
    ...heads,
    ...cells,
    '</svg>\n',
  ].join('\n');
}

function drawCell({ fault, rate, subject, moments, operations }: Run): string {
  const from = moments.began - moments.fault;
  const to = moments.loadEnded - moments.fault;
  const bins = binned(operations, moments.fault, from, to);
  const x = scaleLinear([from, to], [0, kCell.width]);
  // What waited comes through at once: without a bound, the peak would flatten all else.
  const y = scaleLinear([0, rate * 2], [kCell.height, 0]).clamp(true);
  const shape = (low: (bin: Bin) => number, high: (bin: Bin) => number): string =>
    area<Bin>()
      .x((bin) => round(x(bin.at)))
      .y0((bin) => round(y(low(bin))))
      .y1((bin) => round(y(high(bin))))
      .curve(curveStepAfter)(bins) ?? '';
  const end = Math.max(x(0) + 2, x(moments.back - moments.fault));
  const ticks = x.ticks(8).map((at) => {
    const label = `<text x="${round(x(at))}" y="${kCell.height + 12}" text-anchor="middle" font-size="9">${at / 1000}</text>`;
    return `<line x1="${round(x(at))}" x2="${round(x(at))}" y1="0" y2="${kCell.height}" stroke="${kColours.grid}" stroke-width="0.5"/>${label}`;
  });
  const levels = [rate, rate * 2].map(
    (level) =>
      `<line x1="0" x2="${kCell.width}" y1="${round(y(level))}" y2="${round(y(level))}" stroke="${kColours.grid}" stroke-width="0.5"/>` +
      `<text x="-4" y="${round(y(level)) + 3}" text-anchor="end" font-size="9">${level}</text>`,
  );
  return [
    text(0, -5, kFaults[fault].title),
    `<rect x="${round(x(0))}" width="${round(end - x(0))}" height="${kCell.height}" fill="${kColours.fault}"/>`,
    ...ticks,
    ...levels,
    `<path d="${shape(
      () => 0,
      ({ succeeded }) => succeeded,
    )}" fill="${kColours.success}"><title>${kSubjects[subject]}</title></path>`,
    `<path d="${shape(
      ({ succeeded }) => succeeded,
      ({ succeeded, failed }) => succeeded + failed,
    )}" fill="${kColours.failure}"/>`,
    `<line x1="0" x2="${kCell.width}" y1="${kCell.height}" y2="${kCell.height}" stroke="${kColours.text}" stroke-width="0.7"/>`,
  ].join('\n');
}

function binned(operations: Run['operations'], zero: number, from: number, to: number): Bin[] {
  const first = Math.floor(from / kBinMs);
  const bins = Array.from({ length: Math.ceil(to / kBinMs) - first }, () => ({ succeeded: 0, failed: 0 }));
  for (const { ended, ok } of operations) {
    const bin = ended === undefined ? undefined : bins[Math.floor((ended - zero) / kBinMs) - first];
    if (bin) bin[ok ? 'succeeded' : 'failed'] += 1000 / kBinMs;
  }
  return bins.map((bin, index) => ({ at: (first + index) * kBinMs, ...bin }));
}

function group(x: number, y: number, content: string): string {
  return `<g transform="translate(${round(x)},${round(y)})">\n${content}\n</g>`;
}

function text(x: number, y: number, content: string, weight = 'normal'): string {
  return `<text x="${x}" y="${y}" font-weight="${weight}">${content.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
