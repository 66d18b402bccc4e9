/** Judges one of kEnvironments in an environment of its own: node judge-child.js INDEX PLACE. */
import { type Place, judge, kEnvironments } from './ways';

const row = kEnvironments[Number(process.argv[2])];
const place = JSON.parse(process.argv[3] ?? '') as Place;
if (!row) throw new Error('no such row');
void judge(row.way, place).then((answer) => {
  process.stdout.write(JSON.stringify(answer));
});
