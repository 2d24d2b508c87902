// Renders a kustomize folder and holds every object against the schema of Kubernetes. Prints one line of JSON:
// { "objects": [...], "problems": ["Deployment/name: …", …] }.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';

const packages = fileURLToPath(new URL('node_modules', import.meta.url));
const objects = loadAll(execFileSync('kubectl', ['kustomize', process.argv[2]], { encoding: 'utf8' }));
const problems = [];

// A long secret is wrapped, which Kubernetes reads and the validators do not.
for (const { data } of objects.filter(({ kind }) => kind === 'Secret')) {
  for (const key of Object.keys(data ?? {})) data[key] = data[key].replaceAll('\n', '');
}

for (const object of objects) {
  const isOfCertManager = object.apiVersion.startsWith('cert-manager.io/');
  const models = isOfCertManager ? '@kubernetes-models/cert-manager' : 'kubernetes-models';
  const type = `${models}/${object.apiVersion}/${object.kind}`;
  for (const problem of await problemsOf(object, type)) {
    problems.push(`${object.kind}/${object.metadata?.name}: ${problem}`);
  }
}
console.log(JSON.stringify({ objects, problems }));

async function problemsOf(object, type) {
  const models = await import(type).catch(() => null);
  if (!models) return [`there is no ${object.kind} in ${object.apiVersion}`];
  const unknown = [...unknownFields(object, open(join(packages, type)))];
  try {
    new models[object.kind](object).validate();
    return unknown;
  } catch (failure) {
    return [failure.message, ...unknown];
  }
}

// The validators let a misspelt field pass. The type declarations beside them name every field and its type's file.
function* unknownFields(value, { type, files, indent }, path = '') {
  if (value === null || typeof value !== 'object') return;
  const map = /^\{\s*\[key: string\]: (.+);/.exec(type)?.[1];
  const item = /^Array<([^]+)>$/.exec(type)?.[1] ?? map;
  const name = /^I(?:Io|Com)[A-Z0-9]\w+$/.exec(type)?.[0];
  if (name) {
    yield* unknownFields(value, open(files[name]), path);
  } else if (item) {
    for (const [key, inner] of Object.entries(value)) {
      yield* unknownFields(inner, { type: item, files, indent }, `${path}.${key}`);
    }
  } else if (type.startsWith('{')) {
    const fields = fieldsOf(type, indent + 4);
    for (const [key, inner] of Object.entries(value)) {
      if (!(key in fields)) yield `${path}.${key} is no field of its type`;
      else yield* unknownFields(inner, { type: fields[key], files, indent: indent + 4 }, `${path}.${key}`);
    }
  }
}

// The type that a declaration is about: "unknown" for one without an interface, such as a quantity or a time.
function open(file) {
  const text = readFileSync(`${file}.d.ts`, 'utf8');
  const imports = text.matchAll(/^import \{ (\w+) \} from "(.+?)(?:\.js)?";$/gm);
  return {
    // An interface without fields has those of the one that it extends.
    type: /^export interface \w+ extends (\w+) \{\n\}/m.exec(text)?.[1]
      ?? /^export interface .*(\{\n[^]*?^\})/m.exec(text)?.[1] ?? 'unknown',
    files: Object.fromEntries([...imports].map(([, name, from]) =>
      [name, join(from.startsWith('.') ? dirname(file) : packages, from)])),
    indent: 0,
  };
}

function fieldsOf(type, indent) {
  const margin = `^ {${indent}}`;
  const field = new RegExp(`${margin}"(.+?)"\\??: ((?:Array<)?\\{\\n[^]*?${margin}\\}>?|.+);$`, 'gm');
  return Object.fromEntries([...type.matchAll(field)].map(([, name, of]) => [name, of]));
}
