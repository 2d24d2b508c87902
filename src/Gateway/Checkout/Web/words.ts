// The words of the page's language, which the server has put into it.
import type { Phrase } from './screen.ts';

const dictionary = JSON.parse(document.getElementById('words')!.textContent) as Record<string, string>;

/** The page's language, a BCP 47 tag. */
export const language = document.documentElement.lang;

/** A phrase as plain text, for labels. */
export const text = ([key, values = {}]: Phrase): string =>
  (dictionary[key] ?? key).replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);

/** A phrase as nodes: what fills a place is kept apart from the direction of the text around it. */
export function nodes([key, values = {}]: Phrase): Node[] {
  return (dictionary[key] ?? key).split(/(\{\w+\})/).map((part) => {
    const value = part.startsWith('{') ? values[part.slice(1, -1)] : undefined;
    if (value === undefined) return document.createTextNode(part);
    const isolated = document.createElement('bdi');
    isolated.textContent = value;
    return isolated;
  });
}
