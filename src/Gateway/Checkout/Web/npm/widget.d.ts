// What <bleepay-checkout> offers to a page's own code. The script itself comes from the payment service.

export type BleepayStatus = 'CREATED' | 'PENDING' | 'UNDERPAID' | 'CONFIRMED' | 'OVERPAID' | 'EXPIRED';

/** A session as its customer sees it. Amounts are decimal strings, times ISO 8601 in UTC. */
export interface BleepaySession {
  id: string;
  paymentStatus: BleepayStatus;
  amount: string;
  currency: string;
  network: string;
  currencyAddress: string;
  depositAddress: string;
  txId: string | null;
  expiresAt: string;
  confirmedAt: string | null;
  receivedAmount: string;
  pendingAmount: string;
  lateAmount: string;
  confirmations: number;
  requiredConfirmations: number;
  createdAt: string;
  /** Counts the session's changes. */
  sequence: number;
  endedBy: 'timeout' | 'cancelled' | null;
  paymentUri: string | null;
}

/** Why something failed, as the API reports it (RFC 9457). */
export interface BleepayProblem {
  /** Of the HTTP answer; 0 where the service has not answered. */
  status: number;
  code: string;
  title: string;
  detail: string;
  errors?: Record<string, string[]>;
  /** Seconds after which it may be tried again. */
  retryAfter?: number;
}

/** The events of the element, by the names that addEventListener takes. They bubble. */
export interface BleepayEventMap {
  /** The customer opens the checkout. preventDefault() keeps it closed. */
  'bleepay-open': CustomEvent<null>;
  /** A session is there: a new one, or the one that was opened before. */
  'bleepay-session': CustomEvent<{ id: string }>;
  /** The session as it is, and then each change, once for each sequence. */
  'bleepay-change': CustomEvent<BleepaySession>;
  /** CONFIRMED or OVERPAID. Show thanks; fulfil on the webhook. preventDefault() closes the checkout. */
  'bleepay-paid': CustomEvent<BleepaySession>;
  /** The session has ended unpaid. */
  'bleepay-expired': CustomEvent<BleepaySession>;
  /** The checkout is closed. */
  'bleepay-close': CustomEvent<{ session: BleepaySession | null }>;
  /** preventDefault() keeps the element from showing the text. */
  'bleepay-error': CustomEvent<BleepayProblem>;
}

/** The element <bleepay-checkout>. */
export interface BleepayCheckoutElement extends HTMLElement {
  /** The last session of the element. */
  readonly session: BleepaySession | null;

  /** Opens the checkout as a click on the button does. Resolves once it shows or bleepay-error was sent. */
  open(): Promise<void>;

  /** Closes the checkout. The session stays open. */
  close(): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'bleepay-checkout': BleepayCheckoutElement;
  }

  interface GlobalEventHandlersEventMap extends BleepayEventMap {}
}
