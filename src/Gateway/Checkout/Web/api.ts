// What the API answers, as far as the checkout and the widget use it. The OpenAPI document describes every field.
import type { BleepayProblem, BleepaySession, BleepayStatus } from './npm/widget.d.ts';

export type Status = BleepayStatus;
export type Session = BleepaySession;
export type Problem = BleepayProblem;

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

/** One way to pay that a form offers. */
export interface PaymentOption {
  network: string;
  networkName: string;
  currency: string;
  currencyAddress: string;
  depositAddress: string;
  /** The most digits that an amount may have behind the point; null where the token is not in the catalogue. */
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

/** How long a request may be without an answer: its connection may have died unnoticed. Enough for a slow network. */
export const ANSWER_MS_MAX = 15_000;

/** What a request throws when the service refuses it. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}
