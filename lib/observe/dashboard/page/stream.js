// The stream: EventSource comes back by itself and says what it has seen last.
function connect(onUpdate, onCondition) {
  const url = new URL(location.href);
  url.searchParams.set('stream', '1');
  url.hash = '';
  const source = new EventSource(url);
  const told = (begin) => (event) => {
    onCondition('live');
    onUpdate(JSON.parse(event.data), begin);
  };
  source.addEventListener('history', told(true));
  source.addEventListener('update', told(false));
  source.addEventListener('error', () => {
    onCondition('stream lost, trying again');
    // Refused for good, by a restart behind a proxy or while too many watch: EventSource itself gives up then.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => connect(onUpdate, onCondition), 3000);
  });
}
