// The endpoints of the business, what is delivered to them, and their answers.
import { element, replace } from '../dom.ts';
import { choice, listView, TIMES } from './list.ts';
import type { Delivery, Endpoint, ListedDelivery } from './service.ts';
import { enableEndpoint, listDeliveries, listEndpoints, readDelivery, retryDelivery, sendTestEvent } from './service.ts';
import type { View } from './ui.ts';
import { announce, attempt, bdi, block, button, code, copyable, count, facts, newId, section, tag, time, title } from './ui.ts';
import { DELIVERY_STATUSES, EVENTS } from './words.ts';

const POLL_MS = 1_000;

/** How long the page waits for an attempt. */
const POLLS_MAX = 30;

export const endpointsView: View = () => {
  const cards = element('div', { class: 'cards' });
  const problem = element('div');
  const read = (): Promise<void> => attempt(problem, async () => {
    const { items } = await listEndpoints();
    replace(cards, ...(items.length > 0
      ? items.map((endpoint) => endpointCard(endpoint, read))
      : [element('p', { class: 'soft' }, 'The business has no endpoint. Create one with the API.')]));
  });
  void read();
  return element('div', {},
    element('div', { class: 'top' },
      element('div', {}, title('Endpoints'), element('p', { class: 'soft' }, 'Your servers that receive webhooks.')),
      button('Refresh', () => void read())),
    problem,
    cards);
};

const stateOf = ({ enabled, pausedAt }: Endpoint): string => (!enabled ? 'DISABLED' : pausedAt ? 'PAUSED' : 'ENABLED');

function endpointCard(endpoint: Endpoint, read: () => Promise<void>): HTMLElement {
  const [titleId, typeId] = [newId(), newId()];
  const problem = element('div');
  const type = element('select', { id: typeId }, ...EVENTS.map((event) => element('option', { value: event }, event)));
  const test = (event: Event): void => {
    event.preventDefault();
    void attempt(problem, async () => {
      const { id } = await sendTestEvent(endpoint.id, type.value);
      location.hash = `deliveries/${id}`;
    });
  };
  const resume = (): void => void attempt(problem, async () => {
    await enableEndpoint(endpoint.id);
    announce('Deliveries continue');
    await read();
  });
  return element('section', { class: 'card', 'aria-labelledby': titleId },
    element('h2', { id: titleId }, code(endpoint.url), ' ', tag(stateOf(endpoint))),
    endpoint.description && element('p', {}, bdi(endpoint.description)),
    endpoint.pausedAt && element('p', { class: 'warn' },
      'Every attempt has failed. Deliveries wait, and one a minute is tried, since ', time(endpoint.pausedAt), '.'),
    facts([
      ['Id', copyable(endpoint.id, 'endpoint id')],
      ['Events', element('span', { class: 'words' }, ...endpoint.events.map((event) => element('code', {}, event)))],
      ['Created', time(endpoint.createdAt)],
    ]),
    element('form', { class: 'actions', submit: test },
      element('label', { for: typeId }, 'Test event'),
      type,
      element('button', { type: 'submit', class: 'second' }, 'Send'),
      endpoint.pausedAt && button('End the pause', resume),
      element('a', { class: 'second', href: `#deliveries/${endpoint.id}` }, 'Its deliveries')),
    problem);
}

/** @param endpointId Of the only endpoint that is shown; empty for all. */
export const deliveriesView: View = (_, endpointId) => listView({
  title: 'Deliveries',
  lead: 'What was sent and is waiting, the newest event first.',
  filters: [
    { name: 'status', label: 'Status', options: choice(DELIVERY_STATUSES) },
    { name: 'endpointId', label: 'Endpoint id', value: endpointId },
    ...TIMES,
  ],
  read: listDeliveries,
  row: deliveryRow,
  none: 'No delivery matches.',
});

const deliveryRow = (delivery: ListedDelivery): HTMLElement => element('a', { class: 'row', href: `#deliveries/${delivery.id}` },
  tag(delivery.status),
  element('span', {}, element('strong', {}, delivery.eventType)),
  element('span', {}, count(delivery.attempts, 'attempt'),
    element('span', { class: 'soft' }, ...(delivery.lastAttemptAt ? ['the last ', time(delivery.lastAttemptAt)] : []))),
  element('span', { class: 'end' }, time(delivery.createdAt), element('span', { class: 'soft' }, code(delivery.id))));

export const deliveryView: View = (signal, id) => {
  const head = element('div', { class: 'top' }, element('div', {}, title('Delivery'), copyable(id, 'delivery id')));
  const body = element('div', { class: 'columns delivery' });
  const problem = element('div');
  let shown = '';
  let wait = 0;

  /** @param polls How many times it is read again while an attempt is awaited. */
  const read = (polls: number): Promise<void> => attempt(problem, async () => {
    clearTimeout(wait);
    const delivery = await readDelivery(id, signal);
    const text = JSON.stringify(delivery);
    if (text !== shown) paint(delivery);
    shown = text;
    const isAwaited = delivery.status === 'PENDING' || delivery.status === 'RETRYING';
    if (isAwaited && polls > 0) wait = setTimeout(() => void read(polls - 1), POLL_MS);
  });

  const retry = (): Promise<void> => attempt(problem, async () => {
    await retryDelivery(id);
    announce('The delivery is attempted now');
    await read(POLLS_MAX);
  });

  const paint = (delivery: Delivery): void => {
    replace(head,
      element('div', {}, title(delivery.eventType, ' ', tag(delivery.status)), copyable(id, 'delivery id')),
      element('div', { class: 'actions' },
        element('button', {
          id: 'retry', type: 'button', class: delivery.status === 'DELIVERED' ? 'second' : 'main', click: () => void retry(),
        }, 'Retry now'),
        button('Refresh', () => void read(0))));
    replace(body,
      section('Request', facts([
        ['Endpoint', element('a', { href: `#deliveries/${delivery.endpointId}` }, code(delivery.endpointId))],
        ['URL', delivery.requestUrl && copyable(delivery.requestUrl, 'URL')],
        ['Event', time(delivery.createdAt)],
      ]),
      delivery.requestBody === null
        ? element('p', { class: 'soft' }, 'Not sent yet.')
        : block(delivery.requestBody, 'body of the request')),
      section('Answer', facts([
        ['Attempts', String(delivery.attempts)],
        ['Last attempt', delivery.lastAttemptAt && time(delivery.lastAttemptAt)],
        ['Status', delivery.responseCode !== null && code(String(delivery.responseCode))],
        ['Failure', delivery.failure],
      ]),
      delivery.responseBody
        ? block(delivery.responseBody, 'body of the answer')
        : element('p', { class: 'soft' }, delivery.responseCode === null ? 'No answer.' : 'The answer had no body.')));
  };

  signal.addEventListener('abort', () => clearTimeout(wait));
  void read(POLLS_MAX);
  return element('div', {}, element('a', { class: 'back', href: '#deliveries' }, '← Deliveries'), head, problem, body);
};
