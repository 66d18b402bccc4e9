// What is drawn over time. Each chart has a table of its own for those who do not see it.
const kCharts = [
  {
    title: 'Throughput',
    unit: 'per second',
    series: [
      ['succeeded', 'ok', '--a'],
      ['failed', 'failed', '--bad'],
    ],
  },
  {
    title: 'Latency of successful tries',
    unit: 'ms',
    series: [
      ['p50', 'p50', '--a'],
      ['p90', 'p90', '--b'],
      ['p99', 'p99', '--c'],
    ],
  },
  {
    title: 'Waiting and retries',
    unit: 'operations; retries per second',
    series: [
      ['in flight', 'inFlight', '--a'],
      ['parked', 'parked', '--b'],
      ['retries', 'retries', '--c'],
      ['wait for the pool', 'poolWaiting', '--warn'],
    ],
  },
  {
    title: 'Memory',
    unit: 'MiB',
    series: [
      ['heap', 'heap', '--a'],
      ['resident', 'rss', '--b'],
    ],
    scale: 1 / 1048576,
  },
];

const kTableRows = 10;
/** Of every drawing over time, in CSS pixels: their time axes stand one above the other. */
const kLeft = 56;
const kRight = 12;
const kStripHeight = 24;
const kMarksHeight = 20;
const kTicksHeight = 18;
/** Less than this is a click. */
const kShortestDrag = 8;
const kBad = new Set(['down', 'stopped']);

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function severity(state) {
  return state === 'up' ? 'up' : kBad.has(state) ? 'down' : 'wavering';
}

class Chart {
  /** `axis` says which time is shown, and takes the one that was chosen by dragging. */
  constructor(definition, parent, axis) {
    this.definition = definition;
    this.axis = axis;
    const figure = element('figure', parent);
    const caption = element('figcaption', figure);
    element('h2', caption, `${definition.title} (${definition.unit})`);
    this.place = element('div', figure);
    this.place.setAttribute('aria-hidden', 'true');
    this.legend = element('p', figure);
    this.legend.className = 'legend';
    for (const [label] of definition.series) element('span', this.legend, label);
    const details = element('details', figure);
    element('summary', details, 'As a table');
    this.body = makeTable(details, ['time', ...definition.series.map(([label]) => label)]);
    this.make();
    new ResizeObserver(() => this.plot.setSize(this.size())).observe(figure);
  }

  /** Colours are drawn, so that another colour scheme needs another plot. */
  make() {
    this.plot?.destroy();
    this.definition.series.forEach(([, , name], index) => {
      this.legend.children[index].style.color = color(name);
    });
    const axis = { stroke: color('--faint'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } };
    this.plot = new uPlot(
      {
        ...this.size(),
        padding: [8, kRight, 0, 0],
        legend: { show: false },
        cursor: { x: false, y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
        hooks: {
          drawClear: [(plot) => this.drawOutages(plot)],
          setSelect: [
            ({ select, posToVal }) => {
              if (select.width < kShortestDrag) return;
              this.axis.choose(posToVal(select.left, 'x') * 1000, posToVal(select.left + select.width, 'x') * 1000);
            },
          ],
        },
        series: [
          {},
          ...this.definition.series.map(([label, , name]) => ({
            label,
            stroke: color(name),
            width: 1.5,
            spanGaps: false,
          })),
        ],
        scales: {
          x: { range: () => [this.axis.from / 1000, this.axis.to / 1000] },
          y: { range: (_, low, high) => [0, Math.max(1, high * 1.1)] },
        },
        axes: [axis, { ...axis, size: kLeft }],
      },
      this.data ?? [[], ...this.definition.series.map(() => [])],
      this.place,
    );
  }

  /** When the database was away is seen in every chart. */
  drawOutages(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.globalAlpha = 0.12;
    for (const { at, ms, state } of this.points ?? []) {
      if (severity(state) === 'up') continue;
      const [begin, end] = [at, at + ms].map((time) => plot.valToPos(time / 1000, 'x', true));
      const left = Math.max(bbox.left, begin);
      ctx.fillStyle = color(severity(state) === 'down' ? '--bad' : '--warn');
      ctx.fillRect(left, bbox.top, Math.min(bbox.left + bbox.width, end) - left + 0.5, bbox.height);
    }
    ctx.restore();
  }

  size() {
    return { width: Math.max(200, this.place.clientWidth), height: 160 };
  }

  show(points) {
    const { series, scale = 1 } = this.definition;
    this.points = points;
    const scaled = (value) => (value === null ? null : Math.round(value * scale * 100) / 100);
    this.data = [
      points.map(({ at, ms }) => (at + ms) / 1000),
      ...series.map(([, key]) => points.map((point) => scaled(point[key]))),
    ];
    this.plot.setData(this.data);
    const latest = points[points.length - 1];
    series.forEach(([label, key], index) => {
      this.legend.children[index].textContent = latest ? `${label} ${text(scaled(latest[key]))}` : label;
    });
    const rows = points.slice(-kTableRows).reverse();
    fill(
      this.body,
      rows.map((point) => [clock(point.at), ...series.map(([, key]) => text(scaled(point[key])))]),
    );
  }
}

const kMarks = { outage: '▼', 'hard-reset': '◆', refresh: '◇', failover: '★' };

/** States as a band, with marks for what happened, over the same time as the charts. */
class Timeline {
  constructor(parent, axis) {
    this.axis = axis;
    this.canvas = element('canvas', parent);
    let began;
    this.canvas.addEventListener('pointerdown', ({ offsetX }) => (began = offsetX));
    addEventListener('pointerup', (event) => {
      if (began === undefined) return;
      const ended = event.clientX - this.canvas.getBoundingClientRect().left;
      const [left, right] = [Math.min(began, ended), Math.max(began, ended)];
      began = undefined;
      if (right - left >= kShortestDrag) axis.choose(this.time(left), this.time(right));
    });
  }

  get width() {
    return Math.max(1, this.canvas.clientWidth - kLeft - kRight);
  }

  x(at) {
    const { from, to } = this.axis;
    return kLeft + Math.min(1, Math.max(0, (at - from) / (to - from))) * this.width;
  }

  time(x) {
    const { from, to } = this.axis;
    return from + Math.min(1, Math.max(0, (x - kLeft) / this.width)) * (to - from);
  }

  show(points, events) {
    const { canvas } = this;
    const ratio = devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = (kMarksHeight + kStripHeight + kTicksHeight) * ratio;
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio);
    const colors = { up: color('--good'), wavering: color('--warn'), down: color('--bad') };
    for (const { at, ms, state } of points) {
      context.fillStyle = colors[severity(state)];
      context.fillRect(this.x(at), kMarksHeight, Math.max(1, this.x(at + ms) - this.x(at) + 0.5), kStripHeight);
    }
    context.textAlign = 'center';
    context.font = '14px sans-serif';
    context.fillStyle = color('--text');
    const { from, to } = this.axis;
    for (const { at, name } of events) {
      if (at >= from && at <= to && kMarks[name]) context.fillText(kMarks[name], this.x(at), kMarksHeight - 5);
    }
    context.font = '12px sans-serif';
    context.fillStyle = color('--faint');
    const count = Math.max(2, Math.floor(this.width / 140));
    for (let tick = 0; tick <= count; tick += 1) {
      const at = from + ((to - from) * tick) / count;
      context.textAlign = tick === count ? 'right' : tick === 0 ? 'left' : 'center';
      context.fillText(clock(at), this.x(at), kMarksHeight + kStripHeight + kTicksHeight - 4);
    }
  }
}
