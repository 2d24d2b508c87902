// An OpenID Connect issuer with two clients, "rs256" and "es256", each named for how its tokens are signed.
// Writes {"issuer": …} when it listens. Each line on standard input rotates the keys: the new ones sign at once, the
// old ones stay published. The answer is a line as well. Ends with its standard input.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const [audience, businessId] = process.argv.slice(2);
const algorithms = { rs256: 'RS256', es256: 'ES256' };
const published = [];
let rotations = 0;
let handle;

const server = createServer((request, response) => handle(request, response));
server.listen(0, '127.0.0.1', async () => {
  await rotate();
  console.log(JSON.stringify({ issuer: issuer() }));
});

const commands = createInterface({ input: process.stdin });
commands.on('line', async () => {
  await rotate();
  console.log(JSON.stringify({ rotations }));
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
