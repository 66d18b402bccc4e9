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
const kBad = new Set(['down', 'stopped']);

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function severity(state) {
  return state === 'up' ? 'up' : kBad.has(state) ? 'down' : 'wavering';
}

class Chart {
  constructor(definition, parent) {
    this.definition = definition;
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
        legend: { show: false },
        cursor: { show: false },
        series: [
          {},
          ...this.definition.series.map(([label, , name]) => ({
            label,
            stroke: color(name),
            width: 1.5,
            spanGaps: false,
          })),
        ],
        scales: { y: { range: (_, low, high) => [0, Math.max(1, high * 1.1)] } },
        axes: [axis, { ...axis, size: 56 }],
      },
      this.data ?? [[], ...this.definition.series.map(() => [])],
      this.place,
    );
  }

  size() {
    return { width: Math.max(200, this.place.clientWidth), height: 160 };
  }

  show(points) {
    const { series, scale = 1 } = this.definition;
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

/** States as a band, with marks for what happened. */
class Timeline {
  constructor(parent) {
    this.canvas = element('canvas', parent);
  }

  show(points, events, from, to) {
    const { canvas } = this;
    const ratio = devicePixelRatio || 1;
    const width = canvas.clientWidth;
    canvas.width = width * ratio;
    canvas.height = 44 * ratio;
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio);
    const x = (at) => ((at - from) / (to - from)) * width;
    const colors = { up: color('--good'), wavering: color('--warn'), down: color('--bad') };
    for (const { at, ms, state } of points) {
      context.fillStyle = colors[severity(state)];
      context.fillRect(x(at), 20, Math.max(1, x(at + ms) - x(at) + 0.5), 24);
    }
    context.fillStyle = color('--text');
    context.textAlign = 'center';
    context.font = '14px sans-serif';
    for (const { at, name } of events) {
      if (at >= from && kMarks[name]) context.fillText(kMarks[name], Math.min(width - 7, Math.max(7, x(at))), 15);
    }
  }
}
