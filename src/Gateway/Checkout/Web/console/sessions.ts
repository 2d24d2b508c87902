// The sessions of the business, and one of them: its payments, its timeline and its event stream.
import type { Session } from '../api.ts';
import { compare } from '../amount.ts';
import { element, replace } from '../dom.ts';
import { memberOf } from './json.ts';
import { choice, listView, TIMES } from './list.ts';
import type { Change, ListedSession, Query, SessionDetails, Transaction } from './service.ts';
import { followSession, listSessions, readSession } from './service.ts';
import type { View } from './ui.ts';
import { attempt, bdi, block, button, code, copyable, count, facts, money, section, tag, time, title } from './ui.ts';
import { causeOf, STATUSES } from './words.ts';

/** Leads to the session whose id is in the text. */
function leave({ sessionId }: Query): string | null {
  if (sessionId === undefined) return null;
  location.hash = `sessions/${encodeURIComponent(/dep_[\w-]+/.exec(sessionId)?.[0] ?? sessionId)}`;
  return 'sessionId';
}

export const sessionsView: View = () => listView({
  title: 'Sessions',
  lead: 'The newest first. A session must match all filters.',
  filters: [
    { name: 'paymentStatus', label: 'Status', options: choice(STATUSES) },
    { name: 'customerReference', label: 'Reference' },
    { name: 'customerEmail', label: 'E-mail' },
    { name: 'depositAddress', label: 'Deposit address' },
    { name: 'txId', label: 'Transaction' },
    { name: 'sessionId', label: 'Session id' },
    { name: 'widgetId', label: 'Widget id' },
    { name: 'network', label: 'Network' },
    { name: 'currency', label: 'Currency' },
    ...TIMES,
  ],
  read: listSessions,
  row: sessionRow,
  none: 'No session matches.',
  leave,
});

const sessionRow = (session: ListedSession): HTMLElement => element('a', { class: 'row', href: `#sessions/${session.id}` },
  tag(session.paymentStatus),
  element('span', {}, element('strong', {}, money(session.amount, session.currency)),
    element('span', { class: 'soft' }, bdi(session.network))),
  element('span', {}, bdi(session.customerReference ?? '–'),
    element('span', { class: 'soft' }, bdi(session.customerEmail ?? ''))),
  element('span', { class: 'end' }, time(session.createdAt), element('span', { class: 'soft' }, code(session.id))));

export const sessionView: View = (signal, id) => {
  const live = element('span', { class: 'live' });
  const head = element('div', { class: 'top' }, element('div', {}, title('Session'), copyable(id, 'session id')),
    button('Refresh', () => void refresh()));
  const body = element('div', { class: 'columns' });
  const frames = element('ol', { class: 'frames' });
  const stream = section('Event stream', element('p', { class: 'soft' },
    'What a page that follows this session receives, the latest first. ', live), element('div', { role: 'log' }, frames));
  const answer = element('div');
  const raw = element('details', { class: 'card', hidden: true }, element('summary', {}, 'As the API returns it'), answer);
  const problem = element('div');
  /** The sequence that was read last, and the last one of the stream, which may be ahead. */
  let painted = 0;
  let latest = 0;
  let isReading = false;
  let isFollowing = false;

  const read = async (): Promise<void> => {
    if (isReading) return;
    isReading = true;
    await attempt(problem, async () => {
      do {
        const { session, text } = await readSession(id, signal);
        painted = session.sequence;
        replace(head, ...headOf(session));
        replace(body, ...bodyOf(session, text));
        replace(answer, block(text, 'answer of the API'));
        raw.hidden = false;
      } while (painted < latest);
    });
    isReading = false;
  };

  const headOf = (session: SessionDetails): HTMLElement[] => [
    element('div', {},
      title(money(session.amount, session.currency), ' ', tag(session.paymentStatus)),
      copyable(id, 'session id')),
    button('Refresh', () => void refresh()),
  ];

  const refresh = async (): Promise<void> => {
    await read();
    if (isFollowing || signal.aborted || !body.hasChildNodes()) return;
    isFollowing = true;
    await follow();
  };

  const follow = async (): Promise<void> => {
    const state = (word: string, tone: string): void => {
      live.textContent = word;
      live.dataset.tone = tone;
    };
    state('Connecting…', 'calm');
    const outcome = await followSession(id, {
      connected: () => state('Live', 'good'),
      lost: () => state('Connection lost. Trying again…', 'warn'),
      changed: (session) => {
        if (session.sequence <= latest) return;
        latest = session.sequence;
        frames.prepend(frameOf(session));
        if (latest > painted) void read();
      },
    }, signal);
    if (!signal.aborted) state(outcome === 'refused' ? 'Refused' : 'Ended with the session', 'calm');
  };

  void refresh();
  return element('div', {}, element('a', { class: 'back', href: '#sessions' }, '← Sessions'), head, problem, body, stream, raw);
};

function bodyOf(session: SessionDetails, text: string): HTMLElement[] {
  const { currency } = session;
  const sum = (amount: string): HTMLElement | null => (compare(amount, '0') === 0 ? null : money(amount, currency));
  const metadata = memberOf(text, 'metadata') ?? 'null';
  return [
    section('Session', facts([
      ['Reference', session.customerReference && copyable(session.customerReference, 'reference', bdi(session.customerReference))],
      ['E-mail', session.customerEmail && copyable(session.customerEmail, 'e-mail', bdi(session.customerEmail))],
      ['Data erased', session.erasedAt && time(session.erasedAt)],
      ['Received', sum(session.receivedAmount)],
      ['Pending', sum(session.pendingAmount)],
      ['Late', sum(session.lateAmount)],
      ['Confirmations', session.txId && `${session.confirmations} of ${session.requiredConfirmations}`],
      ['Created', time(session.createdAt)],
      ['Expires', time(session.expiresAt)],
      ['Paid', session.confirmedAt && time(session.confirmedAt)],
      ['Ended by', session.endedBy],
      ['Network', bdi(session.network)],
      ['Token', session.currencyAddress ? copyable(session.currencyAddress, 'token’s address') : 'The network’s own coin'],
      ['Deposit address', copyable(session.depositAddress, 'deposit address')],
      ['Widget', copyable(session.widgetId, 'widget id')],
      ['Metadata', metadata !== 'null' && block(metadata, 'metadata')],
    ])),
    element('div', {},
      section('Payments', session.transactions.length === 0
        ? element('p', { class: 'soft' }, 'None was seen.')
        : element('ol', { class: 'plain' }, ...session.transactions.map((payment) => paymentOf(payment, currency))),
      session.transactionsTruncated && element('p', { class: 'soft' }, 'Only the latest 100.')),
      section('Timeline', element('ol', { class: 'timeline' },
        ...[...session.timeline].reverse().map((change) => changeOf(change, currency))),
      session.timelineTruncated && element('p', { class: 'soft' }, 'Only the latest 100.'))),
  ];
}

const paymentOf = (payment: Transaction, currency: string): HTMLElement => element('li', {},
  element('p', {}, element('strong', {}, money(payment.amount, currency)), ' ', tag(payment.status)),
  copyable(payment.txId, 'transaction'),
  element('p', { class: 'soft' },
    `${count(payment.confirmations, 'confirmation')} · seen `, time(payment.seenAt),
    ...(payment.settledAt ? [' · final ', time(payment.settledAt)] : [])),
  payment.from && element('p', { class: 'soft' }, 'From ', code(payment.from)),
  payment.index > 0 && element('p', { class: 'soft' }, `Transfer ${payment.index} of the transaction`),
  !payment.observedInTime && element('p', { class: 'soft' }, 'Not observed before the session’s end'),
  payment.ambiguous && element('p', { class: 'warn' }, 'Another session at this address asked the same amount.'));

const changeOf = (change: Change, currency: string): HTMLElement => element('li', {},
  element('span', { class: 'number' }, String(change.sequence)),
  element('div', {},
    element('p', {}, causeOf(change.cause), ' ', tag(change.paymentStatus)),
    element('p', { class: 'soft' }, time(change.at),
      ...(change.txId ? [` · ${count(change.confirmations, 'confirmation')} · received `, money(change.receivedAmount, currency)] : []))));

const frameOf = (session: Session): HTMLElement => element('li', {}, element('details', {},
  element('summary', {},
    element('span', { class: 'number' }, String(session.sequence)), ' ', tag(session.paymentStatus), ' ',
    element('span', { class: 'soft' }, session.txId ? `${session.confirmations} of ${session.requiredConfirmations} confirmations` : 'No payment'),
    time(new Date().toISOString())),
  block(JSON.stringify(session), `frame ${session.sequence}`)));
