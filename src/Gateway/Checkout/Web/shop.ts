// The demo shop: what a merchant's page does with <bleepay-checkout>, and nothing else of it.
import type { PaymentOption, WidgetConfig } from './api.ts';
import { copy } from './clipboard.ts';
import { element, icon } from './dom.ts';
import type { BleepayEventMap } from './npm/widget.d.ts';

interface Product {
  /** A drawing of 24 × 24. */
  picture: string;
  name: string;
  text: string;
  price: string;
  /** The text of the button. */
  label: string;
  /** Beside those of the widget. */
  attributes: Record<string, string>;
}

const { widget, secret } = JSON.parse(document.getElementById('demo')!.textContent!) as Record<string, string>;

/** The network that a developer runs: its payments are real, but for the money. */
const LOCAL = 'local';

const WAY = {
  currency: 'USDC',
  network: 'polygon',
  'currency-address': '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359',
  'deposit-address': '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
};

const PRODUCTS: Product[] = [
  {
    picture: 'M12 3c4 0 7 4 7 9s-3 9-7 9-7-4-7-9 3-9 7-9M14 3.5c-5 4.5 1 12-4 17',
    name: 'Guji natural, 250 g',
    text: 'Whole beans with a taste of apricot. A price that the shop fixes.',
    price: '12.50 USDC',
    label: 'Buy for 12.50 USDC',
    attributes: { amount: '12.50', ...WAY, 'customer-reference': 'order_1' },
  },
  {
    picture: 'M12 20C5 15.5 3.5 12.5 3.5 9.5a4.3 4.3 0 0 1 8.5-1 4.3 4.3 0 0 1 8.5 1c0 3-1.5 6-8.5 10.5',
    name: 'Pay what you want',
    text: 'A cup for a person who can’t pay for one. The customer chooses the amount.',
    price: 'Any amount of USDC',
    label: 'Choose an amount',
    attributes: { ...WAY, 'customer-reference': 'order_2' },
  },
];

const EVENTS = ['open', 'session', 'change', 'paid', 'expired', 'close', 'error'] as const;

const byId = (id: string): HTMLElement => document.getElementById(id)!;

function show(product: Product): void {
  const attributes = { widget: widget!, 'widget-secret': secret!, ...product.attributes };
  const tag = codeOf(attributes, product.label);
  const code = element('pre', { tabindex: '0' }, tag);
  const copyButton = element('button', {
    type: 'button',
    class: 'quiet',
    'aria-label': `Copy the tag of ${product.name}`,
    click: () => void copy(tag, code).then((done) => {
      copyButton.textContent = done === 'copied' ? 'Copied' : 'Selected';
      setTimeout(() => (copyButton.textContent = 'Copy'), 2_000);
    }),
  }, 'Copy');
  const thanks = element('p', { class: 'thanks', role: 'status' });
  const checkout = element('bleepay-checkout', attributes, product.label);
  checkout.addEventListener('bleepay-open', () => (thanks.textContent = ''));
  checkout.addEventListener('bleepay-paid', ({ detail }) =>
    (thanks.textContent = `Thank you. ${detail.receivedAmount} ${detail.currency} has arrived.`));
  byId('products').append(element('article', {},
    element('div', { class: 'goods' },
      element('span', { class: 'picture', 'aria-hidden': 'true' }, icon(product.picture)),
      element('h2', {}, product.name),
      element('p', { class: 'soft' }, product.text),
      element('p', { class: 'price' }, product.price),
      checkout,
      thanks),
    element('div', { class: 'code' },
      element('div', { class: 'row' }, element('span', { class: 'soft' }, 'The tag'), copyButton),
      code)));
}

/** The tag as a merchant writes it, one attribute a line. */
function codeOf(attributes: Record<string, string>, label: string): string {
  const lines = Object.entries(attributes).map(([name, value]) => `  ${name}="${value}"`);
  return `<bleepay-checkout\n${lines.join('\n')}>${label}</bleepay-checkout>`;
}

function log(event: BleepayEventMap[`bleepay-${(typeof EVENTS)[number]}`]): void {
  const now = new Date();
  byId('empty').hidden = true;
  byId('log').prepend(element('li', {}, element('details', {},
    element('summary', {},
      element('time', { datetime: now.toISOString() }, now.toLocaleTimeString()),
      element('code', {}, event.type),
      element('span', { class: 'soft' }, gistOf(event.detail))),
    element('pre', { tabindex: '0' }, JSON.stringify(event.detail, null, 2)))));
}

/** The part of an event that a reader needs first. */
function gistOf(detail: object | null): string {
  const { paymentStatus, confirmations, requiredConfirmations, id, code } = (detail ?? {}) as Record<string, unknown>;
  if (paymentStatus === 'PENDING') return `PENDING, ${confirmations} of ${requiredConfirmations} confirmations`;
  return String(paymentStatus ?? id ?? code ?? '');
}

function onLocal({ currency, currencyAddress, depositAddress }: PaymentOption): Product {
  return {
    picture: 'M5 10h12v5a5 5 0 0 1-5 5h-2a5 5 0 0 1-5-5zM17 11h1.5a2.5 2.5 0 0 1 0 5H17M8 4v3M11 3v4M14 4v3',
    name: 'Espresso, on your own chain',
    text: 'Your chain is watched: a wallet in this browser can pay for real.',
    price: `0.01 ${currency}`,
    label: `Buy for 0.01 ${currency}`,
    attributes: {
      amount: '0.01',
      currency,
      network: LOCAL,
      'currency-address': currencyAddress,
      'deposit-address': depositAddress,
      'customer-reference': 'order_3',
    },
  };
}

for (const name of EVENTS) document.addEventListener(`bleepay-${name}`, log);
byId('clear').addEventListener('click', () => {
  byId('log').replaceChildren();
  byId('empty').hidden = false;
});
PRODUCTS.forEach(show);

const response = await fetch(`api/v1/widgets/${widget}/config`, { headers: { 'X-Client-Secret': secret! } });
const { config } = (await response.json()) as { config: WidgetConfig | null };
const options = config?.options ?? [];
byId('note').hidden = options.some(({ network }) => network === WAY.network);
const local = options.find(({ network }) => network === LOCAL);
if (local) show(onLocal(local));
