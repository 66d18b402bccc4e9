// Text goes into the page as text only: nothing here makes markup out of what it is told.
function element(name, parent, content) {
  const made = document.createElement(name);
  if (content !== undefined) made.textContent = content;
  parent.append(made);
  return made;
}

/** Answers with the body of a new table. */
function makeTable(parent, columns) {
  const table = element('table', parent);
  const head = element('tr', element('thead', table));
  for (const name of columns) element('th', head, name).scope = 'col';
  return element('tbody', table);
}

/** The bodies of the page's own tables, by the name of the place that says which columns they have. */
const tables = {};
for (const place of document.querySelectorAll('[data-columns]')) {
  // What is wider than the screen scrolls, by keyboard too.
  place.className = 'scroll';
  place.tabIndex = 0;
  place.setAttribute('role', 'region');
  tables[place.id] = makeTable(place, place.dataset.columns.split(', '));
}

function text(value) {
  return value === null || value === undefined ? '–' : String(value);
}

function clock(at) {
  return new Date(at).toLocaleTimeString();
}

function mebibytes(bytes) {
  return `${(bytes / 1048576).toFixed(1)} MiB`;
}

/** Rows that stay as they are are left alone, so that a selection or a reader's place in them is, too. */
function fill(body, rows) {
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((cells, index) => {
    const row = body.rows[index] ?? body.insertRow();
    cells.forEach((content, column) => {
      const cell = row.cells[column] ?? row.insertCell();
      if (cell.textContent !== content) cell.textContent = content;
    });
  });
}

function describe(list, entries) {
  const known = new Map([...list.querySelectorAll('dd')].map((value) => [value.dataset.name, value]));
  for (const [name, label, value] of entries) {
    let shown = known.get(name);
    if (!shown) {
      const pair = element('div', list);
      element('dt', pair, label);
      shown = element('dd', pair);
      shown.dataset.name = name;
    }
    if (shown.textContent !== text(value)) shown.textContent = text(value);
  }
}

/** Of the present outage: why, where, since when, and what operations wait for. */
function showOutage({ outage, stats }) {
  const panel = byId('outage');
  if (panel.hidden === Boolean(outage)) panel.hidden = !outage;
  if (!outage) return;
  const seconds = (ms) => `${Math.round(ms / 1000)} s`;
  describe(byId('outage-facts'), [
    ['outage-cause', 'cause', outage.cause],
    ['outage-host', 'host', outage.host],
    ['outage-since', 'since', `${clock(outage.since)}, for ${seconds(Date.now() - outage.since)}`],
    ['outage-parked', 'operations that wait', stats.parked],
    ['outage-deadline', 'each waits at most', seconds(outage.deadlineMs)],
  ]);
}

function showView(view) {
  const { stats, latency, retries, outages, circuit, cache, pool, memory, activity } = view;
  const ms = (value) => `${Math.round(value * 100) / 100} ms`;
  describe(byId('figures'), [
    ['generation', 'generation', stats.generation],
    ['queries', 'queries', stats.queryCount],
    ['failed', 'failed tries', stats.errorCount],
    ['retries', 'retries', retries.operations + retries.calls],
    ['in-flight', 'in flight', stats.inFlight],
    ['parked', 'parked', stats.parked],
    ['p50', 'p50 since the start', ms(latency.p50)],
    ['p90', 'p90 since the start', ms(latency.p90)],
    ['p99', 'p99 since the start', ms(latency.p99)],
    ['outages', 'outages', outages.count],
    ['outage-time', 'time without database', `${(outages.totalMs / 1000).toFixed(1)} s`],
    ['reconnects', 'reconnects', stats.totalReconnects],
    ['hard-resets', 'hard resets', stats.totalHardResets],
    ['heap', 'heap', `${mebibytes(memory.heapUsed)} of ${mebibytes(memory.heapLimit)}`],
    [
      'resident',
      'resident memory',
      mebibytes(memory.rss) + (memory.containerLimit > 0 ? ` of ${mebibytes(memory.containerLimit)}` : ''),
    ],
    ['uptime', 'uptime', `${Math.round(stats.uptime / 1000)} s`],
  ]);
  describe(byId('tools'), [
    ['circuit', 'circuit', circuit.state],
    ['circuit-refused', 'refused by it', circuit.refused],
    ['timeouts', 'timeouts', view.timeouts],
    ['cache-hits', 'cache hits', cache.hits],
    ['cache-stale', 'stale answers', cache.stale],
    ['cache-misses', 'cache misses', cache.misses],
    ['cache-entries', 'cache entries', cache.size],
  ]);
  fill(
    tables.bulkheads,
    Object.entries(view.bulkheads).map(([name, { executing, waiting, rejected }]) =>
      [name, executing, waiting, rejected].map(String),
    ),
  );
  describe(byId('pool'), [
    ['pool-open', 'pool: open', pool?.open],
    ['pool-idle', 'pool: idle', pool?.idle],
    ['pool-waiting', 'pool: waiting', pool?.waiting],
    ['max-connections', 'server: max_connections', activity?.maxConnections],
    ['own-connections', 'server: of this client', activity?.own],
    ['waiting-for-lock', 'server: waiting for a lock', activity?.waitingForLock],
    ['asked-by', 'server: asked by', activity?.via],
  ]);
  fill(
    tables.activity,
    (activity?.connections ?? []).map(({ state, count }) => [state, String(count)]),
  );
  fill(tables.errors, view.errors.map((error) => [clock(error.at), error.what, error.class, error.text]).reverse());
}
