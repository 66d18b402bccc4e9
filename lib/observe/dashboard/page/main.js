// Puts the page together.
function byId(id) {
  return document.getElementById(id);
}

const kShownEvents = 200;
/** A page left open for days keeps what the server keeps. */
const kKept = 4000;
const kKeptEvents = 2000;

let points = [];
let events = [];
let shownState = '';
const charts = kCharts.map((definition) => new Chart(definition, byId('charts')));
const timeline = new Timeline(byId('timeline'));
const range = byId('range');

function draw() {
  const last = points[points.length - 1];
  const to = last ? last.at + last.ms : Date.now();
  const from = to - Number(range.value);
  const shown = points.filter(({ at, ms }) => at + ms >= from);
  for (const chart of charts) chart.show(shown);
  timeline.show(shown, events, from, to);
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
    showView(update.view);
    draw();
  },
  (condition) => {
    const shown = byId('stream');
    if (shown.textContent !== condition) shown.textContent = condition;
  },
);

range.addEventListener('change', draw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const chart of charts) chart.make();
  draw();
});
