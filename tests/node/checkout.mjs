// The pure functions of the checkout page, in tables: node checkout.mjs FOLDER, where FOLDER has the page's sources.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const sources = process.argv[2];
const { build } = createRequire(join(sources, 'package.json'))('esbuild');
const folder = await mkdtemp(join(tmpdir(), 'checkout-'));
const load = async (name) => {
  const outfile = join(folder, `${name}.mjs`);
  await build({ entryPoints: [join(sources, `${name}.ts`)], bundle: true, format: 'esm', outfile, logLevel: 'error' });
  return import(pathToFileURL(outfile));
};

try {
  const amount = await load('amount');
  for (const [left, right, sum, difference, order] of [
    ['1', '1', '2', '0', 0],
    ['0.1', '0.2', '0.3', '0', -1],
    ['100', '60.5', '160.5', '39.5', 1],
    ['12.345678901234567891', '0.000000000000000001', '12.345678901234567892', '12.34567890123456789', 1],
    ['99999999999999999999999999999999', '1', '100000000000000000000000000000000', '99999999999999999999999999999998', 1],
    ['1.50', '1.5', '3', '0', 0],
  ]) {
    assert.equal(amount.add(left, right), sum);
    assert.equal(amount.minus(left, right), difference);
    assert.equal(amount.compare(left, right), order);
  }
  for (const good of ['0', '0.5', '10', '12.50', '9'.repeat(32)]) assert.ok(amount.isAmount(good), good);
  for (const bad of ['', '.5', '5.', '01', '-1', '1e3', '1,5', ' 1', '٣', '9'.repeat(33)]) assert.ok(!amount.isAmount(bad), bad);
  assert.equal(amount.typed(' 1 234,5 '), '1234.5');
  assert.equal(amount.localized('1234567.10', 'de'), '1.234.567,10');
  assert.equal(amount.localized('1234.5', 'ar-EG'), '1,234.5');
  assert.equal(amount.localized('12345678901234567890.12', 'en'), '12,345,678,901,234,567,890.12');

  const { transactionOf } = await load('transfer');
  const to = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
  const token = '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359';
  assert.deepEqual(transactionOf(`ethereum:${to}@137?value=1000000000000000000`), {
    chainId: 137, to, value: '0xde0b6b3a7640000', data: '0x',
  });
  assert.deepEqual(transactionOf(`ethereum:${token}@137/transfer?address=${to}&uint256=100000000`), {
    chainId: 137,
    to: token,
    value: '0x0',
    data: `0xa9059cbb${'0'.repeat(24)}${to.slice(2).toLowerCase()}${'5f5e100'.padStart(64, '0')}`,
  });
  for (const bad of ['', to, `ethereum:${to}`, `ethereum:${token}/transfer?address=${to}&uint256=1`, 'bitcoin:1'])
    assert.equal(transactionOf(bad), null, bad);

  const { accentOf, contrast } = await load('color');
  assert.equal(Math.round(contrast('#ffffff', '#000000')), 21);
  assert.deepEqual(accentOf('#7B4B2AFF', '#ffffff'), { accent: '#7B4B2A', onAccent: '#ffffff' });
  assert.deepEqual(accentOf('#FFEE00FF', '#1c1c22'), { accent: '#FFEE00', onAccent: '#000000' });
  assert.equal(accentOf('#FFEE00FF', '#ffffff'), null);
  assert.equal(accentOf('red', '#ffffff'), null);
  assert.equal(accentOf(null, '#ffffff'), null);

  const { screenOf, mayComeLate } = await load('screen');
  const session = {
    id: 'dep_1', paymentStatus: 'CREATED', amount: '100', currency: 'USDC', network: 'polygon', currencyAddress: token,
    depositAddress: to, txId: null, expiresAt: '2030-01-01T00:30:00.000Z', confirmedAt: null, receivedAmount: '0',
    pendingAmount: '0', lateAmount: '0', confirmations: 0, requiredConfirmations: 12,
    createdAt: '2030-01-01T00:00:00.000Z', sequence: 1, endedBy: null, paymentUri: null,
  };
  const start = Date.parse(session.createdAt);
  const shown = (change, now = start, hasSent = false) => screenOf({ ...session, ...change }, null, now, hasSent);
  assert.equal(shown({}).left, 1_800_000);
  assert.equal(shown({}).due.canCancel, true);
  // Once its time is over no customer is asked to pay, even if the service has last sent another status.
  for (const paymentStatus of ['CREATED', 'PENDING', 'UNDERPAID']) {
    assert.equal(shown({ paymentStatus }, start + 1_800_000).due, null);
    assert.equal(shown({ paymentStatus }, start + 1_799_999).due.amount, '100');
  }
  assert.deepEqual(shown({}, start, true).title, ['sent']);
  assert.equal(shown({}, start, true).due.offersWallets, false);
  assert.equal(shown({}, start, true).due.canCancel, false);
  assert.equal(shown({ paymentStatus: 'UNDERPAID', receivedAmount: '60.5' }).due.amount, '39.5');
  assert.equal(shown({ paymentStatus: 'UNDERPAID', receivedAmount: '60.5' }).due.canCancel, false);
  assert.equal(shown({ paymentStatus: 'PENDING', pendingAmount: '1' }).due.amount, '99');
  assert.equal(shown({ paymentStatus: 'PENDING', pendingAmount: '100' }).due, null);
  assert.equal(shown({ paymentStatus: 'EXPIRED', endedBy: 'timeout' }).canStartAgain, true);
  assert.equal(shown({ paymentStatus: 'EXPIRED', endedBy: 'timeout', receivedAmount: '1' }).canStartAgain, false);
  assert.equal(mayComeLate({ ...session, paymentStatus: 'EXPIRED', pendingAmount: '1' }), true);
  assert.equal(mayComeLate({ ...session, paymentStatus: 'EXPIRED' }), false);

  const { claimsOf, cleaned } = await load('console/token');
  const tokenOf = (claims) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
  assert.equal(cleaned(' Authorization: bearer "a.b\n.c" '), 'a.b.c');
  assert.deepEqual(claimsOf(tokenOf({ business_id: 'biz_ä', exp: 5, scope: 'a payments:report' })), {
    businesses: ['biz_ä'], expiresAt: 5_000, mayAssign: true,
  });
  assert.deepEqual(claimsOf(tokenOf({ business_id: ['biz_a', 'biz_b', 7], scp: ['payments:report'] })), {
    businesses: ['biz_a', 'biz_b'], expiresAt: null, mayAssign: true,
  });
  assert.deepEqual(claimsOf(tokenOf({ scope: 'payments:reports' })), { businesses: [], expiresAt: null, mayAssign: false });
  for (const bad of ['', 'a', 'a.b', 'a.b.c', 'a.b.c.d', 'e30.bm8.c2ln', 'e30.e30.c2ln\u0441']) assert.equal(claimsOf(bad), null, bad);

  const { memberOf, pretty } = await load('console/json');
  assert.equal(pretty('{"a":[],"b":{},"c":[1.50,{"d":"x, {y}: \\" z"}],"e":null}'), [
    '{', '  "a": [],', '  "b": {},', '  "c": [', '    1.50,', '    {', '      "d": "x, {y}: \\" z"', '    }', '  ],',
    '  "e": null', '}',
  ].join('\n'));
  assert.equal(pretty('<b>not\u202e json'), '<b>not\\u202e json');
  assert.equal(pretty('"a\u2066"'), '"a\\u2066"');
  assert.equal(memberOf('{"a":{"b":1},"b":12345678901234567890.0,"c":"b"}', 'b'), '12345678901234567890.0');
  assert.equal(memberOf('{"a":["b",{"b":1}],"b":{"a":[1,2]}}', 'b'), '{"a":[1,2]}');
  assert.equal(memberOf('{"a":"b","c":1}', 'b'), null);
} finally {
  await rm(folder, { recursive: true });
}
