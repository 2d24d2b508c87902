// Verifies webhooks as a receiver does: by the library of Standard Webhooks, and X-Platform-Signature by Node's own HMAC.
// Reads one JSON array of { secret, headers, body } on standard input and prints one line: an array of "ok" or what is
// wrong. With a file of TypeScript as its argument, the function `open` of that file verifies in the library's place.
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync, rmSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import ts from 'typescript';

const webhooks = JSON.parse(readFileSync(0, 'utf8'));
const verify = process.argv[2] ? await compiled(process.argv[2]) : (secret, headers, body) =>
  new Webhook(secret).verify(body, headers);
console.log(JSON.stringify(webhooks.map(({ secret, headers, body }) => {
  const platform = createHmac('sha256', secret).update(body).digest('hex');
  if (headers['x-platform-signature'] !== platform) return 'X-Platform-Signature is wrong';
  try {
    const event = verify(secret, headers, body);
    return event.id === headers['webhook-id'] ? 'ok' : 'the event has another id';
  } catch (failure) {
    return failure.message;
  }
})));

// Writes it beside this script, where its imports are found. An error of compilation is reported, and ends the run.
async function compiled(file) {
  const { outputText, diagnostics } = ts.transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, strict: true },
    reportDiagnostics: true,
  });
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ messageText }) => messageText).join('; '));
  const script = new URL(`sample-${process.pid}.mjs`, import.meta.url);
  writeFileSync(script, outputText);
  try {
    return (await import(script)).open;
  } finally {
    rmSync(script);
  }
}
