// An OpenID Connect issuer with two clients, "rs256" and "es256", each named for how its tokens are signed.
// Writes {"issuer": …} when it listens. Each line on standard input is a command, and is answered by a line:
//   rotate    the new keys sign at once, the old ones stay published
//   withdraw  the same, and the old ones are published no longer
//   leave     closes every connection without an answer from now on
//   return    answers again
//   count     answers how often the keys were asked for
// Ends with its standard input.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const [audience, businessId] = process.argv.slice(2);
const algorithms = { rs256: 'RS256', es256: 'ES256' };
const published = [];
let rotations = 0;
let fetches = 0;
let isAway = false;
let handle;

const server = createServer((request, response) => {
  if (request.url === '/jwks') fetches += 1;
  if (isAway) request.socket.destroy();
  else handle(request, response);
});
server.listen(0, '127.0.0.1', async () => {
  await rotate();
  console.log(JSON.stringify({ issuer: issuer() }));
});

const commands = createInterface({ input: process.stdin });
commands.on('line', async (command) => {
  if (command === 'withdraw') published.length = 0;
  if (command === 'withdraw' || command === 'rotate') await rotate();
  if (command === 'leave' || command === 'return') isAway = command === 'leave';
  console.log(JSON.stringify({ rotations, fetches }));
});
commands.on('close', () => process.exit(0));

const issuer = () => `http://127.0.0.1:${server.address().port}`;

async function rotate() {
  rotations += 1;
  const keys = await Promise.all(Object.values(algorithms).map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `${alg}-${rotations}` };
  }));
  published.unshift(...keys);
  const provider = new Provider(issuer(), {
    jwks: { keys: published },
    clients: Object.keys(algorithms).map((client) => ({
      client_id: client,
      client_secret: client,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: 'payments:report',
    })),
    scopes: ['payments:report'],
    extraTokenClaims: () => ({ business_id: businessId }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:bleepay',
        useGrantedResource: () => true,
        getResourceServerInfo: (context, resource, client) => ({
          scope: 'payments:report',
          audience,
          accessTokenTTL: 300,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: algorithms[client.clientId] } },
        }),
      },
    },
  });
  handle = provider.callback();
}
