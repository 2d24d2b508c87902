// The parts that the views are made of.
import { Refused } from '../api.ts';
import { copy } from '../clipboard.ts';
import { element, icon, ICONS } from '../dom.ts';
import { pretty } from './json.ts';
import type { Reported } from './service.ts';
import type { Tone } from './words.ts';
import { toneOf } from './words.ts';

type Child = Node | string | null | false;

/** A view of the page. It makes its requests until the signal is aborted. */
export type View = (signal: AbortSignal, id: string) => HTMLElement;

const MARK_MS = 2_000;

const NOTICE_MS = 4_000;

/** How much of a value distinguishes its button from others, which keeps the focus on it while a view is drawn again. */
const KEY_LENGTH = 80;

const TIME = new Intl.DateTimeFormat('en', {
  day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
});

let lastId = 0;

/** An id for a label or a description. */
export const newId = (): string => `e${++lastId}`;

/** Text of a customer or a merchant, kept apart from the direction of the text around it. */
export const bdi = (text: string): HTMLElement => element('bdi', {}, text);

export const code = (text: string): HTMLElement => element('bdi', { class: 'code', dir: 'ltr' }, text);

export const money = (amount: string, currency: string): HTMLElement =>
  element('span', { class: 'money' }, bdi(amount), ' ', bdi(currency));

/** A status, as the API names it. */
export const tag = (word: string, tone: Tone = toneOf(word)): HTMLElement =>
  element('span', { class: 'tag', 'data-tone': tone }, word);

/** A number of things, such as "1 attempt" and "2 attempts". */
export const count = (number: number, thing: string): string => `${number} ${thing}${number === 1 ? '' : 's'}`;

/** A moment in the time zone of the reader; its title is the time in UTC. */
export const time = (iso: string): HTMLElement =>
  element('time', { datetime: iso, title: iso }, TIME.format(new Date(iso)));

/** @param what Names the value to a screen reader, such as "session id". */
export function copyButton(value: string, shown: HTMLElement, what: string): HTMLElement {
  const button = element('button', {
    id: `copy ${what} ${value.slice(0, KEY_LENGTH)}`, type: 'button', class: 'quiet copy', 'aria-label': `Copy the ${what}`, click: async () => {
      const result = await copy(value, shown);
      announce(result === 'copied' ? 'Copied' : 'Selected: copy it by hand');
      if (result !== 'copied') return;
      button.replaceChildren(icon(ICONS.check));
      setTimeout(() => button.replaceChildren(icon(ICONS.copy)), MARK_MS);
    },
  }, icon(ICONS.copy));
  return button;
}

/** A value as code with a button that copies it. */
export function copyable(value: string, what: string, shown: HTMLElement = code(value)): HTMLElement {
  return element('span', { class: 'copyable' }, shown, copyButton(value, shown, what));
}

/** Names and values; an entry without a value is left out. */
export const facts = (entries: (readonly [name: string, value: Child])[]): HTMLElement => element('dl', {},
  ...entries.map(([name, value]) => (value === null || value === false || value === '' ? null
    : element('div', {}, element('dt', {}, name), element('dd', {}, value)))));

/** A block of text that scrolls, and can be reached by keyboard for that. JSON is indented; what is copied is not. */
export function block(text: string, what: string): HTMLElement {
  const shown = element('pre', { tabindex: '0', role: 'group', 'aria-label': what, dir: 'ltr' }, pretty(text));
  return element('div', { class: 'block' }, shown, copyButton(text, shown, what));
}

export const button = (label: string, click: () => void, kind = 'second'): HTMLButtonElement =>
  element('button', { type: 'button', class: kind, click }, label);

/** The title of a view, which gets the focus when the view is opened. */
export const title = (...children: Child[]): HTMLElement => element('h1', { tabindex: '-1' }, ...children);

/** A group of a view with its heading. */
export const section = (heading: string, ...children: Child[]): HTMLElement => {
  const id = newId();
  return element('section', { class: 'card', 'aria-labelledby': id }, element('h2', { id }, heading), ...children);
};

/** What the API has refused, and why. */
export const problemBox = ({ title, detail, errors, requestId, retryAfter }: Reported): HTMLElement =>
  element('div', { class: 'problem', role: 'alert' },
    element('p', {}, element('strong', {}, title)),
    detail ? element('p', {}, detail) : null,
    ...Object.entries(errors ?? {}).flatMap(([field, messages]) => messages.map((message) =>
      element('p', {}, code(field), ` ${message}`))),
    retryAfter ? element('p', {}, `Try again in ${retryAfter} s.`) : null,
    requestId ? element('p', { class: 'soft' }, 'Request ', code(requestId)) : null);

let notice = 0;

/** A message that is shown for some seconds and read aloud. */
export function announce(message: string): void {
  const place = document.getElementById('notice')!;
  place.textContent = message;
  clearTimeout(notice);
  notice = setTimeout(() => place.replaceChildren(), NOTICE_MS);
}

/**
 * Runs what may be refused, and shows a problem in the place.
 * @param place Emptied before.
 * @param problem Handles a part of it, and returns what is left to be shown; null where nothing is.
 */
export async function attempt(
  place: HTMLElement,
  work: () => Promise<unknown>,
  problem: (problem: Reported) => Reported | null = (all) => all,
): Promise<void> {
  place.replaceChildren();
  try {
    await work();
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === 'AbortError') return;
    if (!(failure instanceof Refused)) throw failure;
    const left = problem(failure.problem);
    if (left) place.replaceChildren(problemBox(left));
  }
}
