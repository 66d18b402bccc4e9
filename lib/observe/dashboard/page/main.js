// Puts the page together.
function byId(id) {
  return document.getElementById(id);
}

const kShownEvents = 200;
/** A page left open for days keeps what the server keeps. */
const kKept = 4000;
const kKeptEvents = 2000;
/** Of a chosen time, in ms. */
const kShortestSpan = 2000;
/** Of the time that is followed, in ms. */
const kShortestFollowed = 30_000;

let points = [];
let events = [];
let shownState = '';
const range = byId('range');

/** The time that all drawings show: the last of it, as `range` says, or what was chosen. */
const axis = {
  from: 0,
  to: 1,
  chosen: undefined,
  choose(from, to) {
    const middle = (from + to) / 2;
    const half = Math.max((to - from) / 2, kShortestSpan / 2);
    this.chosen = { from: middle - half, to: middle + half };
    draw();
  },
  follow() {
    this.chosen = undefined;
    draw();
  },
  update(last) {
    const to = last ? last.at + last.ms : Date.now();
    // A history that has just begun is not shown as a sliver of what was asked for.
    const since = Math.min(points[0]?.at ?? to, to - kShortestFollowed);
    Object.assign(this, this.chosen ?? { from: Math.max(to - Number(range.value), since), to });
  },
};
const kZooms = {
  'zoom-in': (span) => [span / 4, -span / 4],
  'zoom-out': (span) => [-span / 2, span / 2],
  earlier: (span) => [-span / 2, -span / 2],
  later: (span) => [span / 2, span / 2],
};
for (const [id, shift] of Object.entries(kZooms)) {
  byId(id).addEventListener('click', () => {
    const [left, right] = shift(axis.to - axis.from);
    axis.choose(axis.from + left, axis.to + right);
  });
}
byId('follow').addEventListener('click', () => axis.follow());

const charts = kCharts.map((definition) => new Chart(definition, byId('charts'), axis));
const timeline = new Timeline(byId('timeline'), axis);

function draw() {
  axis.update(points[points.length - 1]);
  const { from, to, chosen } = axis;
  const shown = points.filter(({ at, ms }) => at + ms >= from && at <= to);
  for (const chart of charts) chart.show(shown);
  timeline.show(shown, events);
  byId('follow').disabled = chosen === undefined;
  const span = chosen ? `${clock(from)} to ${clock(to)}` : 'following';
  if (byId('span').textContent !== span) byId('span').textContent = span;
  fill(
    tables.events,
    events
      .slice(-kShownEvents)
      .reverse()
      .map(({ at, name, detail }) => [clock(at), name, detail]),
  );
}

function showState(state) {
  // Only a change is written, so that a screen reader tells of changes only.
  if (state === shownState) return;
  shownState = state;
  const badge = byId('state');
  badge.textContent = state;
  badge.className = severity(state);
  document.title = `${state} – database resilience`;
}

connect(
  (update, begin) => {
    if (begin) {
      points = [];
      events = [];
    }
    points.push(...update.points);
    events.push(...update.events);
    if (points.length > kKept) points.splice(0, points.length - kKept);
    if (events.length > kKeptEvents) events.splice(0, events.length - kKeptEvents);
    showState(update.view.stats.state);
    showOutage(update.view);
    showView(update.view);
    draw();
  },
  (condition) => {
    const shown = byId('stream');
    if (shown.textContent !== condition) shown.textContent = condition;
  },
);

range.addEventListener('change', () => axis.follow());
addEventListener('resize', draw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const chart of charts) chart.make();
  draw();
});
