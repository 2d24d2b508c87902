// What the customer sees, as a function of the session, of what else the page has, and of the time. It touches no
// document: paint.ts draws it.
import type { Session } from './api.ts';
import { isPaid } from './api.ts';
import { add, compare, minus } from './amount.ts';

/** The answer of …/checkout. */
export interface Checkout {
  merchant: { name: string; iconUrl: string | null; color: string | null; emoji: string | null; domain: string | null } | null;
  successUrl: string | null;
  cancelUrl: string | null;
  network: { name: string; chainId: number; explorerUrl: string | null } | null;
  currency: { symbol: string; decimals: number } | null;
  watched: boolean;
  sandbox: boolean;
}

/** A key of the dictionary and what fills its places. */
export type Phrase = readonly [key: string, values?: Readonly<Record<string, string>>];

/** What is still to be paid, and how. */
export interface Due {
  amount: string;
  currency: string;
  network: string;
  address: string;
  /** ERC-681, or null where the service does not watch. */
  uri: string | null;
  isNative: boolean;
  canCancel: boolean;
  /** False once a wallet of this page has sent the payment, so that none asks for a second one. */
  offersWallets: boolean;
}

export interface Screen {
  tone: 'wait' | 'good' | 'bad';
  title: Phrase;
  text: Phrase | null;
  /** Milliseconds until the session ends, while that matters. */
  left: number | null;
  due: Due | null;
  /** Confirmations of the payment that is seen, of those that it needs. */
  progress: readonly [number, number] | null;
  transaction: { id: string; url: string | null } | null;
  note: Phrase | null;
  /** The link to the page that follows. */
  back: 'success' | 'cancel' | null;
  canStartAgain: boolean;
}

const isZero = (amount: string): boolean => compare(amount, '0') === 0;

/**
 * @param session As the service has last sent it.
 * @param checkout Null until it is known.
 * @param now The service's time in Unix milliseconds.
 * @param hasSent True once a wallet of this page has sent the payment.
 */
export function screenOf(session: Session, checkout: Checkout | null, now: number, hasSent: boolean): Screen {
  const { amount, currency, receivedAmount: received, pendingAmount: pending } = session;
  const money = { amount, currency, received, pending, late: session.lateAmount };
  const left = Date.parse(session.expiresAt) - now;
  const screen: Screen = {
    tone: 'wait',
    title: ['waiting'],
    text: null,
    left: null,
    due: null,
    progress: null,
    transaction: transactionOf(session, checkout),
    note: null,
    back: null,
    canStartAgain: false,
  };

  if (isPaid(session.paymentStatus)) {
    const extra = minus(received, amount);
    return session.paymentStatus === 'OVERPAID'
      ? { ...screen, tone: 'good', title: ['over'], text: ['overText', { ...money, extra }], back: 'success' }
      : { ...screen, tone: 'good', title: ['paid'], text: ['paidText', money], back: 'success' };
  }

  if (session.paymentStatus === 'EXPIRED') return { ...screen, tone: 'bad', back: 'cancel', ...ended(session, money) };

  // The service shows no open session after its end; until it answers, the page asks for no payment.
  if (left <= 0) return { ...screen, tone: 'bad', title: ['ended'], text: ['doNotSend'] };

  const rest = minus(minus(amount, received), pending);
  const due: Due = {
    amount: rest,
    currency,
    network: checkout?.network?.name ?? session.network,
    address: session.depositAddress,
    uri: session.paymentUri,
    isNative: session.currencyAddress === '',
    canCancel: session.paymentStatus === 'CREATED' && !hasSent,
    offersWallets: !hasSent,
  };
  const note: Phrase | null = checkout?.network && !checkout.watched && !checkout.sandbox ? ['slow'] : null;
  if (hasSent && session.paymentStatus !== 'PENDING')
    return { ...screen, title: ['sent'], text: ['sentText'], left, due, note };
  switch (session.paymentStatus) {
    case 'CREATED':
      return { ...screen, left, due: { ...due, amount }, note };
    case 'UNDERPAID':
      return { ...screen, title: ['missing', { rest, currency }], text: ['missingText', money], left, due, note };
    default: {
      const progress = [session.confirmations, session.requiredConfirmations] as const;
      return isZero(rest)
        ? { ...screen, title: ['seen'], text: ['seenText', counts(progress)], progress }
        : { ...screen, title: ['seen'], text: ['seenPart', { ...money, seen: add(received, pending) }], left, due, note };
    }
  }
}

const counts = ([count, needed]: readonly [number, number]): Record<string, string> =>
  ({ count: String(count), needed: String(needed) });

function ended(session: Session, money: Record<string, string>): Partial<Screen> {
  if (!isZero(session.lateAmount)) return { title: ['late'], text: ['lateText', money] };
  if (!isZero(session.pendingAmount)) return { title: ['ended'], text: ['endedSeen', money] };
  if (!isZero(session.receivedAmount)) return { title: ['ended'], text: ['endedPart', money] };
  return session.endedBy === 'cancelled'
    ? { title: ['cancelled'], text: ['doNotSend'], canStartAgain: true }
    : { title: ['ended'], text: ['doNotSend'], canStartAgain: true };
}

function transactionOf(session: Session, checkout: Checkout | null): Screen['transaction'] {
  if (session.txId === null) return null;
  const explorer = checkout?.network?.explorerUrl ?? null;
  return { id: session.txId, url: explorer && `${explorer}/tx/${encodeURIComponent(session.txId)}` };
}

/** True while money may still come after the end, so that the page continues to poll. */
export const mayComeLate = (session: Session): boolean =>
  session.paymentStatus === 'EXPIRED' && !isZero(session.pendingAmount);
