// JSON as text: a number of 30 digits stays as it was written.

const PARTS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

const opens = (part: string): boolean => part === '{' || part === '[';
const closes = (part: string): boolean => part === '}' || part === ']';

/** Characters that change the order of the text around them, as escapes, which are the same in JSON. */
const visible = (text: string): string =>
  text.replace(/[\u202a-\u202e\u2066-\u2069]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16)}`);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON with breaks and indents; other text as it is. */
export function pretty(text: string): string {
  if (!isJson(text)) return visible(text);
  let written = '';
  let depth = 0;
  let last = '';
  for (const part of text.match(PARTS) ?? []) {
    if (closes(part)) depth--;
    if (closes(part) ? !opens(last) : opens(last) || last === ',') written += `\n${'  '.repeat(depth)}`;
    if (opens(part)) depth++;
    written += part === ':' ? ': ' : part;
    last = part;
  }
  return visible(written);
}

/** The value of a member of an object, as it is written there; null where the object has no such member. */
export function memberOf(text: string, name: string): string | null {
  let depth = 0;
  let start: number | null = null;
  let last = '';
  let isName = false;
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    if (closes(part)) depth--;
    if (start !== null && (depth === 0 || (depth === 1 && part === ','))) return text.slice(start, index).trim();
    if (opens(part)) depth++;
    if (start === null && isName && part === ':') start = index + 1;
    isName = depth === 1 && (opens(last) || last === ',') && part === JSON.stringify(name);
    last = part;
  }
  return null;
}
