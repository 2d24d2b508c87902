// Payments that no session took, and their assignment to one.
import { element } from '../dom.ts';
import { Fields } from './fields.ts';
import { listView, TIMES } from './list.ts';
import type { ListedSession, UnmatchedPayment } from './service.ts';
import { assignPayment, claims, listSessions, listUnmatched } from './service.ts';
import type { View } from './ui.ts';
import { announce, attempt, bdi, code, copyable, count, facts, money, tag, time } from './ui.ts';
import { reasonOf } from './words.ts';

/** How many of the sessions at the payment's address are offered. */
const CANDIDATES = '10';

export const unmatchedView: View = () => listView({
  title: 'Unmatched payments',
  lead: 'Payments to your addresses that no session took, the latest first.',
  filters: [
    { name: 'assigned', label: 'Assignment', options: [['', 'Not assigned'], ['true', 'Assigned']] },
    ...TIMES,
  ],
  read: listUnmatched,
  row: paymentRow,
  none: 'No payment matches.',
});

function paymentRow(payment: UnmatchedPayment): HTMLElement {
  const form = element('div');
  const details = element('details', {
    toggle: () => {
      if (details.open && !form.hasChildNodes() && payment.sessionId === null) form.append(assignForm(payment, details));
    },
  },
  element('summary', { class: 'row' },
    payment.sessionId ? tag('assigned', 'good') : tag(payment.reason, 'warn'),
    element('span', {}, element('strong', {}, money(payment.amount, payment.currency)),
      element('span', { class: 'soft' }, bdi(payment.network))),
    element('span', {}, 'to ', code(payment.depositAddress)),
    element('span', { class: 'end' }, time(payment.seenAt),
      element('span', { class: 'soft' }, count(payment.confirmations, 'confirmation')))),
  facts([
    ['Reason', reasonOf(payment.reason)],
    ['Transaction', copyable(payment.txId, 'transaction')],
    ['From', payment.from && code(payment.from)],
    ['Block', String(payment.blockNumber)],
    ['Payment', copyable(payment.id, 'payment id')],
    ['Session', payment.sessionId && element('a', { href: `#sessions/${payment.sessionId}` }, code(payment.sessionId))],
    ['Assigned', payment.assignedAt && time(payment.assignedAt)],
  ]),
  form);
  return details;
}

function assignForm(payment: UnmatchedPayment, details: HTMLElement): HTMLElement {
  const fields = new Fields([{ name: 'sessionId', label: 'Session id' }]);
  const candidates = element('fieldset', { hidden: true }, element('legend', {}, 'Sessions at this address'));
  const problem = element('div');
  const done = (sessionId: string): void => {
    details.replaceChildren(element('summary', { class: 'row' },
      tag('assigned', 'good'), element('strong', {}, money(payment.amount, payment.currency))),
    element('p', {}, 'Recorded in the session ', element('a', { href: `#sessions/${sessionId}` }, code(sessionId)), '.'));
    details.querySelector('summary')!.focus();
    announce('The payment is assigned');
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    fields.refuse({});
    const { sessionId = '' } = fields.values;
    void attempt(problem, async () => {
      await assignPayment(payment.id, sessionId);
      done(sessionId);
    }, (refused) => fields.refuse(refused));
  };

  const candidate = (session: ListedSession): HTMLElement => element('label', { class: 'row' },
    element('input', {
      type: 'radio', name: payment.id, value: session.id, change: () => fields.set('sessionId', session.id),
    }),
    element('span', {}, money(session.amount, session.currency), ' ', tag(session.paymentStatus)),
    element('span', {}, bdi(session.customerReference ?? '–')),
    element('span', { class: 'end' }, time(session.createdAt), element('span', { class: 'soft' }, code(session.id))));

  void attempt(problem, async () => {
    const { items } = await listSessions({ depositAddress: payment.depositAddress, network: payment.network, limit: CANDIDATES });
    const fitting = items.filter(({ currencyAddress }) =>
      currencyAddress.toLowerCase() === payment.currencyAddress.toLowerCase());
    candidates.append(...fitting.map(candidate));
    candidates.hidden = fitting.length === 0;
  });

  return element('form', { class: 'assign', novalidate: true, submit },
    element('h2', {}, 'Assign it to a session'),
    element('p', { class: 'soft' }, 'It is then recorded there, which can’t be undone.'),
    candidates,
    ...fields.nodes,
    claims()?.mayAssign === false && element('p', { class: 'warn' },
      'This token lacks the scope payments:report, without which no payment is assigned.'),
    problem,
    element('div', { class: 'actions' }, element('button', { type: 'submit', class: 'main' }, 'Assign')));
}
