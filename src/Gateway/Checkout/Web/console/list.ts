// A list of the API: its filters, its pages by cursor, and a row for each item.
import { element } from '../dom.ts';
import type { Field } from './fields.ts';
import { Fields } from './fields.ts';
import type { Page, Query } from './service.ts';
import { attempt, button, title } from './ui.ts';

const PAGE_SIZE = '25';

/** From this width there is room for the filters beside the list. */
const WIDE = '(min-width: 44rem)';

export interface List<Item> {
  title: string;
  lead: string;
  filters: readonly Field[];
  read(query: Query): Promise<Page<Item>>;
  row(item: Item): HTMLElement;
  /** Shown where nothing matches. */
  none: string;
  /** Leads to another view instead, and returns the name of the filter that it did so for. */
  leave?(filters: Query): string | null;
}

export function listView<Item>(list: List<Item>): HTMLElement {
  const fields = new Fields(list.filters);
  const rows = element('ol', { class: 'rows' });
  const count = element('p', { class: 'soft', role: 'status' });
  const problem = element('div');
  const more = button('Show more', () => void load(false));
  const summary = element('summary', {}, 'Filters');
  let filters: Query = {};
  let after: string | null = null;
  let reading = 0;

  const load = async (isFirst: boolean): Promise<void> => {
    const number = ++reading;
    more.disabled = true;
    await attempt(problem, async () => {
      const page = await list.read({ ...filters, limit: PAGE_SIZE, ...(!isFirst && after !== null && { after }) });
      // A later request has replaced this one.
      if (number !== reading) return;
      const added = page.items.map((item) => element('li', {}, list.row(item)));
      if (isFirst) rows.replaceChildren();
      rows.append(...added);
      after = page.after;
      more.hidden = after === null;
      const shown = rows.children.length;
      count.textContent = shown === 0 ? list.none : `${shown} shown${after === null ? '' : ', and there are more'}`;
      if (!isFirst) added[0]?.querySelector<HTMLElement>('a, button, summary')?.focus();
    }, (refused) => fields.refuse(refused));
    more.disabled = false;
  };

  const apply = async (): Promise<void> => {
    fields.refuse({});
    filters = fields.values;
    const used = list.leave?.(filters);
    if (used) return fields.set(used, '');
    const number = Object.keys(filters).length;
    summary.textContent = number === 0 ? 'Filters' : `Filters (${number})`;
    await load(true);
  };

  /** On a phone the result takes the place of the filters. */
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    await apply();
    if (matchMedia(WIDE).matches || problem.hasChildNodes()) return;
    details.open = false;
    summary.focus();
  };

  const clear = (): void => {
    fields.clear();
    void apply();
  };

  const details = element('details', { class: 'card filters', open: matchMedia(WIDE).matches },
    summary,
    element('form', { novalidate: true, submit },
      element('div', { class: 'fields' },
        ...fields.nodes,
        element('div', { class: 'actions' },
          element('button', { type: 'submit', class: 'main' }, 'Apply'),
          button('Clear', clear)))));
  more.hidden = true;
  void apply();
  return element('div', {},
    element('div', { class: 'top' },
      element('div', {}, title(list.title), element('p', { class: 'soft' }, list.lead)),
      button('Refresh', () => void load(true))),
    details,
    problem,
    count,
    rows,
    element('div', { class: 'actions' }, more));
}

/** The two filters by time that every list has. */
export const TIMES: readonly Field[] = [
  { name: 'since', label: 'After', type: 'datetime-local' },
  { name: 'until', label: 'Before', type: 'datetime-local' },
];

export const choice = (words: readonly string[]): (readonly [string, string])[] =>
  [['', 'Any'], ...words.map((word) => [word, word] as const)];
