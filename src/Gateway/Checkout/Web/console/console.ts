// The console of a merchant's developer. The fragment of the URL names the view, and holds nothing but ids.
import { element, replace } from '../dom.ts';
import { sessionsView, sessionView } from './sessions.ts';
import type { Reported } from './service.ts';
import { businessId, claims, whenRefused } from './service.ts';
import { signInForm } from './sign-in.ts';
import type { View } from './ui.ts';
import { bdi, button, time } from './ui.ts';
import { unmatchedView } from './unmatched.ts';
import { deliveriesView, deliveryView, endpointsView } from './webhooks.ts';

interface Kept {
  node: HTMLElement;
  scroll: number;
  focus: HTMLElement | null;
}

const NAMES = { sessions: 'Sessions', endpoints: 'Endpoints', deliveries: 'Deliveries', unmatched: 'Unmatched' } as const;

type Name = keyof typeof NAMES;

const LISTS: Record<Name, View> = {
  sessions: sessionsView,
  endpoints: endpointsView,
  deliveries: deliveriesView,
  unmatched: unmatchedView,
};

/** Views of one item, by the beginning of its id. */
const ITEMS: Record<string, View> = { dep_: sessionView, dly_: deliveryView };

const DAY_MS = 86_400_000;

const CLOCK = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** The longest delay of a timer. */
const DELAY_MS_MAX = 2 ** 31 - 1;

const bar = document.getElementById('bar')!;
const main = document.getElementById('main')!;

/** Lists stay as they are while one of their items is open. */
const kept = new Map<string, Kept>();

let current: { key: string; node: HTMLElement; stop: AbortController } | null = null;
let expiry = 0;

function route(): { name: Name; id: string; key: string } {
  const [first = '', rest = ''] = location.hash.slice(1).split('/');
  const name = Object.hasOwn(NAMES, first) ? (first as Name) : 'sessions';
  const id = decoded(rest);
  return { name, id, key: `${name}/${id}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Ends the view that is open. A list is kept for the way back. */
function leave(): void {
  if (!current) return;
  const list = kept.get(current.key);
  if (list) {
    list.scroll = scrollY;
    list.focus = document.activeElement instanceof HTMLElement && current.node.contains(document.activeElement)
      ? document.activeElement : null;
  }
  current.stop.abort();
  current = null;
}

function show(): void {
  leave();
  if (!businessId()) return ask(null);
  const { name, id, key } = route();
  const stop = new AbortController();
  const item = ITEMS[id.slice(0, 4)] ?? (name === 'sessions' && id ? sessionView : undefined);
  const list = kept.get(key);
  const node = list?.node ?? (item ?? LISTS[name])(stop.signal, id);
  if (!list && !item) kept.set(key, { node, scroll: 0, focus: null });
  current = { key, node, stop };
  paintBar(name);
  main.replaceChildren(node);
  const heading = node.querySelector<HTMLElement>('h1')!;
  (list?.focus?.isConnected ? list.focus : heading).focus({ preventScroll: true });
  scrollTo(0, list?.scroll ?? 0);
  document.title = `${id || NAMES[name]} – Bleepay console`;
}

/** Asks for a token, the first one or another. */
function ask(refused: Reported | null): void {
  leave();
  const isOpen = businessId() !== '';
  const before = businessId();
  bar.hidden = true;
  main.replaceChildren(signInForm(() => {
    if (businessId() !== before) kept.clear();
    show();
  }, refused, isOpen && !refused ? show : null));
  document.title = 'Bleepay console';
  main.querySelector<HTMLElement>('textarea')!.focus();
}

/** The time of day where it is unmistakable. */
function until(expiresAt: number): HTMLElement {
  const shown = time(new Date(expiresAt).toISOString());
  if (expiresAt - Date.now() < DAY_MS) shown.textContent = CLOCK.format(expiresAt);
  return shown;
}

function paintBar(open: Name): void {
  const expiresAt = claims()?.expiresAt ?? null;
  const isExpired = expiresAt !== null && expiresAt <= Date.now();
  clearTimeout(expiry);
  if (expiresAt !== null && !isExpired)
    expiry = setTimeout(() => paintBar(route().name), Math.min(expiresAt - Date.now(), DELAY_MS_MAX));
  bar.hidden = false;
  replace(bar, element('div', {},
    element('nav', { 'aria-label': 'Views' }, ...Object.entries(NAMES).map(([name, label]) =>
      element('a', { id: `to-${name}`, href: `#${name}`, 'aria-current': name === open && 'page' }, label))),
    element('div', { class: 'account' },
      bdi(businessId()),
      expiresAt !== null && element('span', { class: isExpired ? 'bad' : 'soft' },
        isExpired ? 'token expired' : 'token until ', isExpired ? null : until(expiresAt)),
      button('New token', () => ask(null), 'link'),
      // A reload leaves nothing of the token in memory.
      button('Leave', () => location.reload(), 'link'))));
}

history.scrollRestoration = 'manual';
addEventListener('hashchange', show);
// A browser may keep a page that was left, with its memory.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
whenRefused(ask);
show();
