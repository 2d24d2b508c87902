// The messages between a shop's page (the parent) and the checkout page in its frame, version 1.
//
// The frame posts Ready to any parent: it holds nothing. The parent answers with Init to the service's exact origin, and
// transfers one MessagePort; everything else goes through that port. A message of an unknown type is ignored by both
// sides, so that a shop's old script works with a new page and the reverse. Fields may be added; none changes its meaning.
import type { Draft, PaymentOption, Problem, Session, WidgetConfig } from './api.ts';

export const VERSION = 1;

/** Frame to any parent, by window.postMessage: the page listens. Sent again after the frame was loaded again. */
export interface Ready {
  bleepay: 'ready';
  version: number;
}

/** Parent to frame, by window.postMessage to the service's origin, with one MessagePort. */
export interface Init {
  bleepay: 'init';
  version: number;
  /** The session to show, or null for the form. */
  session: { id: string; clientSecret: string } | null;
  /** For the form: the widget's configuration. Null beside a session. */
  config: WidgetConfig | null;
  /** For the form: the amount that the shop fixes, or null if the customer chooses it. */
  amount: string | null;
  /** For the form: the only way to pay, where the shop fixes it; else null. */
  option: PaymentOption | null;
  /** A BCP 47 tag, or null for the browser's language. It is in the frame's URL as ?locale= too. */
  locale: string | null;
  theme: 'light' | 'dark' | null;
  /** True if a wallet has sent the payment of the session, and the network does not show it yet. */
  hasSent: boolean;
  /** True if the page shows a button that closes it. */
  closable: boolean;
}

/** Frame to parent, by the port. */
export type FromFrame =
  /** The height of the content in CSS pixels. */
  | { type: 'resize'; height: number }
  /** The session has changed; sent once for each sequence. */
  | { type: 'change'; session: Session }
  /** The customer closes the checkout. */
  | { type: 'close' }
  /** The customer goes back to the shop, at the widget's successUrl or cancelUrl with the session's id added. */
  | { type: 'back'; url: string }
  /** The customer starts again after a session that ended unpaid. */
  | { type: 'again' }
  /** The session or its secret is not valid. */
  | { type: 'refused' }
  /** The form is sent: the parent opens the session, because only it may hold the widget's secret. */
  | { type: 'create'; id: number; body: Pick<Draft, 'amount' | 'currency' | 'network' | 'currencyAddress' | 'depositAddress'> }
  /** Which wallets has the shop's page found? Extensions add none to a frame. */
  | { type: 'wallets?' }
  /** Send this transaction by one of them. */
  | { type: 'send'; id: number; body: { wallet: string; transaction: Transaction } };

/** Parent to frame, by the port. */
export type FromParent =
  | { type: 'answer'; id: number; result: unknown }
  | { type: 'answer'; id: number; error: Problem | { message: string; code?: number } }
  | { type: 'wallets'; wallets: WalletInfo[] };

/** The result of create. */
export interface Created {
  id: string;
  clientSecret: string;
}

/** A wallet as EIP-6963 announces it. The id is its uuid; the icon a data: URL. */
export interface WalletInfo {
  id: string;
  name: string;
  icon: string;
}

/** A transfer for eth_sendTransaction. The value is in hexadecimal base units; the result of send is the hash. */
export interface Transaction {
  chainId: number;
  to: string;
  value: string;
  data: string;
}
