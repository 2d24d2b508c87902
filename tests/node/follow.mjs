// Follows a session with the standard EventSource client: follow.mjs PATH URL... The secret comes on standard input, so
// that it is in no list of processes. Each time the client reconnects, it is sent to the next of the nodes, as a load
// balancer would. Prints each event as a line of JSON, and at last {"end": STATUS} when the answer ends the reconnects.
import { createInterface } from 'node:readline';
import { EventSource } from 'eventsource';

const [path, ...nodes] = process.argv.slice(2);
const [secret] = (await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next()).value.split('\n');
let connections = 0;

const source = new EventSource(nodes[0] + path, {
  fetch: (_, init) => fetch(nodes[connections++ % nodes.length] + path, {
    ...init,
    headers: { ...init.headers, 'X-Client-Secret': secret },
  }),
});
source.addEventListener('session', ({ lastEventId, data }) => {
  console.log(JSON.stringify({ id: lastEventId, status: JSON.parse(data).paymentStatus }));
});
source.addEventListener('error', ({ code }) => {
  if (source.readyState !== EventSource.CLOSED) return;
  console.log(JSON.stringify({ end: code }));
  process.exit();
});
