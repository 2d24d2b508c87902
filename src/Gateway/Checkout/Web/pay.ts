// The checkout page. At the top of a window it finds the secret of a session, or of the widget, in the URL's fragment. In
// the frame of a shop's page it takes no notice of its fragment, and shows what that page sends it.
import type { PaymentOption, WidgetConfig } from './api.ts';
import { Refused } from './api.ts';
import { SessionView } from './checkout.ts';
import { dress } from './color.ts';
import { showForm } from './form.ts';
import { Frame } from './frame.ts';
import { paintHead, paintRefused } from './paint.ts';
import type { Created } from './protocol.ts';
import { answered, createSession, pathSessionId, readConfig } from './service.ts';

type Open = (body: Parameters<typeof createSession>[1]) => Promise<Created>;

let frame: Frame | null = null;

async function showSession(key: Created, again: (() => void) | null): Promise<void> {
  if (await new SessionView(key, frame, again).show() !== 'refused') return;
  paintRefused();
  frame?.send({ type: 'refused' });
}

function form(config: WidgetConfig, fixed: { amount: string | null; option: PaymentOption | null }, open: Open): void {
  dress(config.color);
  paintHead({ ...config, domain: null }, frame?.closer ?? null);
  showForm(config, fixed, async (body) => {
    const key = await open(body);
    void showSession(key, () => (frame ? frame.send({ type: 'again' }) : form(config, fixed, open)));
  });
}

async function showFramed(): Promise<void> {
  frame = await Frame.open();
  const { session, config, amount, option, theme } = frame.init;
  if (theme) document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.framed = '';
  if (session) return showSession(session, () => frame!.send({ type: 'again' }));
  if (config) form(config, { amount, option }, (body) => frame!.create(body));
}

/** The form at the top of a window, for a widget that allows this service's own host. */
async function showOwnForm(secret: string): Promise<void> {
  const answer = await answered(() => readConfig(secret));
  if (!answer?.config) return paintRefused();
  // The same answers give the same session, also when they are sent twice.
  const keys = new Map<string, string>();
  form(answer.config, { amount: null, option: null }, async (body) => {
    const draft = JSON.stringify(body);
    const idempotencyKey = keys.get(draft) ?? crypto.randomUUID();
    keys.set(draft, idempotencyKey);
    const created = await createSession(secret, body, idempotencyKey);
    if (!created) throw new Error('The service could not be reached.');
    keys.delete(draft);
    history.replaceState(null, '', `${location.pathname.replace(/\/$/, '')}/${created.id}${location.search}#${created.clientSecret}`);
    return created;
  });
}

async function start(): Promise<void> {
  const secret = location.hash.slice(1);
  if (parent !== window) return showFramed();
  if (!secret) return paintRefused();
  return pathSessionId ? showSession({ id: pathSessionId, clientSecret: secret }, null) : showOwnForm(secret);
}

addEventListener('hashchange', () => parent === window && location.reload());
start().catch((failure: unknown) => {
  if (!(failure instanceof Refused)) throw failure;
  paintRefused();
});
