// Answers one line for each line of standard input, [source, text] in JSON: "true" or "false" for whether the
// regular expression matches somewhere in the text under the u flag, "invalid" when it is none.
import { createInterface } from 'node:readline';

for await (const line of createInterface({ input: process.stdin })) {
  const [source, text] = JSON.parse(line);
  let answer;
  try {
    answer = String(new RegExp(source, 'u').test(text));
  } catch {
    answer = 'invalid';
  }
  process.stdout.write(`${answer}\n`);
}
