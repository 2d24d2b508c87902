// Draws a screen. What stays the same between two screens keeps its place, and the focus.
import type { WalletInfo } from './protocol.ts';
import type { Checkout, Due, Phrase, Screen } from './screen.ts';
import { localized } from './amount.ts';
import { copy } from './clipboard.ts';
import { element, icon, ICONS, replace } from './dom.ts';
import { qrCode } from './qr.ts';
import { language, nodes, text } from './words.ts';

/** What the customer can do. */
export interface Actions {
  pay(wallet: string): void;
  cancel(): void;
  again(): void;
  back(to: 'success' | 'cancel'): void;
  choose(choice: Partial<Pick<View, 'qr' | 'asksToCancel'>>): void;
}

export interface View {
  screen: Screen;
  wallets: readonly WalletInfo[];
  /** Which of the two QR codes is shown. */
  qr: 'address' | 'amount';
  /** True while the page asks whether to cancel. */
  asksToCancel: boolean;
  /** True from a click on a wallet until the wallet answers. */
  asksWallet: boolean;
  /** True where a finger is the pointer, so that a link may open a wallet app. */
  isTouch: boolean;
  /** How the shop is called in sentences. */
  merchantName: string;
  backLabel: 'back' | 'close' | null;
  canStartAgain: boolean;
}

const find = (id: string): HTMLElement => document.getElementById(id)!;

/** Shows that the link is not valid. */
export function paintRefused(): void {
  find('card').dataset.tone = 'bad';
  find('state').hidden = false;
  document.getElementById('sandbox')?.remove();
  replace(
    find('state'), element('span', { class: 'badge' }, icon(ICONS.alert)),
    element('div', {},
      element('h1', { tabindex: '-1' }, text(['refused'])),
      element('p', {}, text(['refusedText']))));
  find('head').hidden = true;
  replace(find('content'));
}

/** A message that is read aloud; it stays until the next one. */
export function notify(message: string, tone: 'info' | 'bad' = 'info'): void {
  const notice = find('notice');
  notice.className = tone;
  if (notice.textContent !== message) notice.textContent = message;
}

/** @param name Null while it is not known, or where the widget was deleted. */
export function paintHead(merchant: Checkout['merchant'], close: (() => void) | null): void {
  const head = find('head');
  head.hidden = merchant === null && close === null;
  const title = merchant ? text(['pay', { name: merchant.name }]) : '';
  if (title) document.title = title;
  replace(
    head,
    merchant && mark(merchant),
    merchant && element('div', { class: 'who' },
      element('h1', {}, ...nodes(['pay', { name: merchant.name }])),
      merchant.domain && element('p', {}, element('bdi', {}, merchant.domain))),
    close && element('button', { id: 'close', type: 'button', class: 'quiet', 'aria-label': text(['close']), click: close },
      icon(ICONS.close)));
}

/** The merchant's icon, else its emoji, else nothing. */
function mark(merchant: NonNullable<Checkout['merchant']>): Node | null {
  const emoji = merchant.emoji ? element('span', { class: 'mark', 'aria-hidden': 'true' }, merchant.emoji) : null;
  if (!merchant.iconUrl) return emoji;
  const image = element('img', {
    class: 'mark', alt: '', width: '40', height: '40', referrerpolicy: 'no-referrer', src: merchant.iconUrl,
    error: () => (emoji ? image.replaceWith(emoji) : image.remove()),
  });
  return image;
}

/** @param seconds Null removes the clock. */
export function paintClock(seconds: number | null): void {
  const clock = document.getElementById('clock');
  if (!clock || seconds === null) return;
  const shown = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  if (clock.textContent !== shown) clock.textContent = shown;
}

export function paint(view: View, actions: Actions): void {
  const { screen } = view;
  find('card').dataset.tone = screen.tone;
  find('state').hidden = false;
  replace(
    find('state'),
    screen.tone !== 'wait' && element('span', { class: 'badge' }, icon(screen.tone === 'good' ? ICONS.check : ICONS.alert)),
    element('div', {},
      element('h2', { tabindex: '-1' }, ...nodes(completed(screen.title, view))),
      screen.text && element('p', {}, ...nodes(completed(screen.text, view)))),
    screen.left !== null && element('div', { class: 'time' },
      element('span', {}, text(['timeLeft'])),
      element('span', { id: 'clock', role: 'timer', 'aria-live': 'off' })));
  replace(
    find('content'),
    screen.progress && progressBar(screen.progress),
    screen.due && dueOf(screen.due, view, actions),
    screen.transaction && transactionOf(screen.transaction),
    screen.note && element('p', { class: 'hint' }, ...nodes(screen.note)),
    view.canStartAgain && element('button', { id: 'again', type: 'button', class: 'main', click: actions.again },
      text(['again'])),
    view.backLabel && screen.back && backButton(view, screen.back, actions));
}

const AMOUNTS = ['amount', 'received', 'pending', 'late', 'extra', 'seen', 'rest'];

/** The phrase with the shop's name, and with its amounts as the language writes them. */
function completed([key, values = {}]: Phrase, { merchantName }: View): Phrase {
  const shown = Object.entries(values).map(([name, value]) =>
    [name, AMOUNTS.includes(name) ? localized(value, language) : value] as const);
  return [key, { name: merchantName, ...Object.fromEntries(shown) }];
}

function backButton({ backLabel, canStartAgain, merchantName }: View, to: 'success' | 'cancel', actions: Actions): Node {
  return element('button', {
    id: 'back', type: 'button', class: canStartAgain ? 'second' : 'main', click: () => actions.back(to),
  }, ...(backLabel === 'close' ? [text(['close'])] : nodes(['back', { name: merchantName }])));
}

function progressBar([count, needed]: readonly [number, number]): Node {
  return element('progress', { max: String(needed), value: String(Math.min(count, needed)), 'aria-hidden': 'true' });
}

function transactionOf({ id, url }: NonNullable<Screen['transaction']>): Node {
  const shown = element('bdi', { class: 'code', dir: 'ltr' }, id);
  return element('dl', {}, element('div', {},
    element('dt', {}, text(['transaction'])),
    element('dd', {}, url
      ? element('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, shown)
      : shown)));
}

function dueOf(due: Due, view: View, actions: Actions): Node {
  const amount = element('bdi', {}, localized(due.amount, language));
  const address = element('bdi', { class: 'code groups', dir: 'ltr' },
    ...(due.address.match(/.{1,4}/gu) ?? []).map((group) => element('span', {}, group)));
  return element('div', { class: 'due' },
    element('div', { class: 'facts' },
      element('dl', {},
        fact('amount', element('span', { class: 'big' }, amount, ' ', element('bdi', {}, due.currency)),
          copyButton('copyAmount', due.amount, amount)),
        fact('network', element('bdi', {}, due.network)),
        fact('address', address, copyButton('copyAddress', due.address, address))),
      element('p', { class: 'warning' }, ...nodes(['only', { currency: due.currency, network: due.network }]))),
    qrOf(due, view, actions),
    payments(due, view, actions),
    due.canCancel && cancelOf(view, actions));
}

function fact(key: string, value: HTMLElement, button: HTMLElement | null = null): Node {
  return element('div', {}, element('dt', {}, text([key])), element('dd', {}, element('span', {}, value), button));
}

function copyButton(key: 'copyAmount' | 'copyAddress', value: string, shown: HTMLElement): HTMLElement {
  const button = element('button', {
    id: key, type: 'button', class: 'quiet copy', 'aria-label': text([key]), click: async () => {
      const result = await copy(value, shown);
      notify(text([result]));
      if (result !== 'copied') return;
      button.replaceChildren(icon(ICONS.check));
      setTimeout(() => button.replaceChildren(icon(ICONS.copy)), 2_000);
    },
  }, icon(ICONS.copy));
  return button;
}

function qrOf(due: Due, view: View, actions: Actions): Node {
  const withAmount = view.qr === 'amount' && due.uri !== null;
  const choice = (qr: View['qr'], key: string): Node => element('button', {
    id: key, type: 'button', 'aria-pressed': String(view.qr === qr), click: () => actions.choose({ qr }),
  }, text([key]));
  return element('div', { class: 'qr' },
    qrCode(withAmount ? due.uri! : due.address, text([withAmount ? 'qrOfAmount' : 'qrOfAddress'])),
    due.uri !== null && element('div', { class: 'toggle', role: 'group' },
      choice('address', 'qrAddress'), choice('amount', 'qrAmount')),
    element('p', { class: 'hint' }, text([withAmount ? 'qrNote' : 'scan'])));
}

function payments(due: Due, view: View, actions: Actions): Node | null {
  if (!due.offersWallets || due.uri === null) return null;
  const hasApp = view.isTouch;
  if (!hasApp && view.wallets.length === 0) return null;
  return element('div', { class: 'wallets' },
    view.wallets.length > 0 && element('h3', {}, text(['wallets'])),
    ...view.wallets.map((wallet) => element('button', {
      id: `wallet-${wallet.id}`, type: 'button', class: 'second', 'aria-disabled': view.asksWallet && 'true',
      click: () => actions.pay(wallet.id),
    },
    wallet.icon !== '' && element('img', { src: wallet.icon, alt: '', width: '24', height: '24' }),
    element('span', {}, ...nodes(['payWith', { wallet: wallet.name }])))),
    hasApp && element('a', { id: 'app', class: 'second', href: due.uri }, text(['openApp'])));
}

function cancelOf(view: View, actions: Actions): Node {
  if (!view.asksToCancel)
    return element('p', { class: 'cancel' }, element('button', {
      id: 'cancel', type: 'button', class: 'link', click: () => actions.choose({ asksToCancel: true }),
    }, text(['cancel'])));
  return element('div', { class: 'cancel ask' },
    element('p', {}, text(['cancelAsk'])),
    element('button', { id: 'keep', type: 'button', class: 'second', click: () => actions.choose({ asksToCancel: false }) },
      text(['keep'])),
    element('button', { id: 'cancel', type: 'button', class: 'second bad', click: actions.cancel }, text(['cancel'])));
}
