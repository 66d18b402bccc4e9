/**
 * Calls back once what waits in the sockets has been read, and what follows from that has been done: a connection that was
 * closed meanwhile is out of its pool. A socket is read in the first turn of the event loop, its end is answered in the
 * second, it is closed in the third.
 */
export function onceSocketsAreRead(then: () => void, turns = kTurns): void {
  if (turns === 0) then();
  else kNextTurn(() => onceSocketsAreRead(then, turns - 1));
}

const kTurns = 4;

/** The real one, whatever tests make of time later. */
const kNextTurn = setImmediate;
