// What the API answers, as far as the checkout and the widget use it. The OpenAPI document describes every field.

export type Status = 'CREATED' | 'PENDING' | 'UNDERPAID' | 'CONFIRMED' | 'OVERPAID' | 'EXPIRED';

/** A session as its customer sees it. Amounts are decimal strings, times ISO 8601 in UTC. */
export interface Session {
  id: string;
  paymentStatus: Status;
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
  sequence: number;
  endedBy: 'timeout' | 'cancelled' | null;
  paymentUri: string | null;
}

/** The body of create-session. */
export interface Draft {
  amount: string;
  currency: string;
  network: string;
  currencyAddress: string;
  depositAddress: string;
  customerEmail?: string;
  customerReference?: string;
  metadata?: Record<string, unknown>;
}

/** A refusal (RFC 9457), and what a page needs of its headers. */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  errors?: Record<string, string[]>;
  /** Seconds after which the request may be sent again. */
  retryAfter?: number;
}

/** One way to pay that a form offers. */
export interface PaymentOption {
  network: string;
  networkName: string;
  currency: string;
  currencyAddress: string;
  depositAddress: string;
  /** The most digits that an amount may have behind the point; null where the service does not know the token. */
  decimals: number | null;
}

/** The public configuration of a widget, as far as the form shows it. */
export interface WidgetConfig {
  name: string;
  iconUrl: string | null;
  color: string | null;
  emoji: string | null;
  minAmount: string | null;
  maxAmount: string | null;
  renderMode: 'IFRAME' | 'POPUP';
  options: PaymentOption[];
}

export const isPaid = (status: Status): boolean => status === 'CONFIRMED' || status === 'OVERPAID';

export const isFinal = (status: Status): boolean => isPaid(status) || status === 'EXPIRED';
