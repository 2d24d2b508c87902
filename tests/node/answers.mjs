// Holds answers against the schemas of an OpenAPI 3.1 document. Reads { document, answers: [{ schema, name, text }] },
// the schema as a JSON pointer into the document; prints the problems as an array of JSON.
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { text } from 'node:stream/consumers';

const { document, answers } = JSON.parse(await text(process.stdin));

// A member that is not described is a problem too. Requests may hold more than is described.
for (const schema of Object.values(document.components.schemas)) {
  if (schema.properties && schema.additionalProperties === undefined) schema.additionalProperties = false;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addFormat('int32', { type: 'number', validate: (number) => Math.abs(number) <= 2 ** 31 });
ajv.addSchema(document, 'api');

const problems = [];
for (const { schema, name, text } of answers) {
  const validate = ajv.getSchema(`api#${encodeURI(schema).replaceAll('{', '%7B').replaceAll('}', '%7D')}`);
  if (!validate) problems.push(`${name}: there is no schema at ${schema}`);
  else if (!validate(JSON.parse(text))) {
    problems.push(`${name}: ${ajv.errorsText(validate.errors)}\n${text.slice(0, 1000)}`);
  }
}
console.log(JSON.stringify(problems));
