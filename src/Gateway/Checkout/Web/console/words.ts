// The words of the API for people, and how good the news is.

export type Tone = 'good' | 'warn' | 'bad' | 'calm';

const TONES: Record<string, Tone> = {
  PENDING: 'warn',
  UNDERPAID: 'warn',
  CONFIRMED: 'good',
  OVERPAID: 'good',
  SETTLED: 'good',
  LATE: 'warn',
  REMOVED: 'bad',
  RETRYING: 'warn',
  DELIVERED: 'good',
  FAILED: 'bad',
  ENABLED: 'good',
  PAUSED: 'bad',
};

export const toneOf = (word: string): Tone => TONES[word] ?? 'calm';

export const STATUSES = ['CREATED', 'PENDING', 'UNDERPAID', 'CONFIRMED', 'OVERPAID', 'EXPIRED'];

export const DELIVERY_STATUSES = ['PENDING', 'RETRYING', 'DELIVERED', 'FAILED'];

/** The types of events that are sent. */
export const EVENTS = [
  'deposit.created', 'deposit.pending', 'deposit.confirmed', 'deposit.expired', 'deposit.underpaid', 'deposit.overpaid',
  'deposit.paid_late', 'deposit.unmatched',
];

const CAUSES: Record<string, string> = {
  CREATED: 'Created',
  TIMEOUT: 'The time was over',
  CANCELLED: 'Cancelled',
  PAYMENT_SEEN: 'Payment seen',
  PAYMENT_ADDED: 'One more payment seen',
  PAYMENT_CONFIRMING: 'More confirmations',
  PAYMENT_SETTLED: 'Payment final',
  PAYMENT_LATE: 'Payment final, too late',
  PAYMENT_REMOVED: 'Payment removed by a reorganisation',
  CUSTOMER_ERASED: 'Customer’s data erased',
};

/** A cause of a later release is shown as the API names it. */
export const causeOf = (cause: string): string => CAUSES[cause] ?? cause;

const REASONS: Record<string, string> = {
  no_session: 'No session at this address was open or had ended lately',
  ambiguous: 'Several sessions at this address could be meant',
  dust: 'A tiny part of what any session asked',
  refused: 'The session that was meant refused it',
};

export const reasonOf = (reason: string): string => REASONS[reason] ?? reason;
