// The checkout page in a frame of the shop's page. See protocol.ts.
import type { Problem } from './api.ts';
import type { Created, FromFrame, FromParent, Init } from './protocol.ts';
import { ORIGIN } from './widget-api.ts';
import { Wallets } from './wallets.ts';

/** A page that has loaded sends its first message at once. An error page of the browser never does. */
const READY_AFTER_LOAD_MS = 5_000;

/** With less, a page can't copy, send forms, or open a wallet's app or an explorer. */
const SANDBOX = 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox ' +
  'allow-top-navigation-to-custom-protocols';

/** What the frame's owner does for it. */
export interface Owner {
  init(session: Created | null): Init;
  create(body: Extract<FromFrame, { type: 'create' }>['body']): Promise<Created>;
  sent(): void;
  heard(message: FromFrame): void;
  failed(): void;
}

/** An element with these properties. */
export const make = <Name extends keyof HTMLElementTagNameMap>(
  name: Name, properties: object,
): HTMLElementTagNameMap[Name] => Object.assign(document.createElement(name), properties);

export interface CheckoutFrame {
  element: HTMLIFrameElement;
  /** @param session Null for the form. */
  show(url: string, session: Created | null): void;
}

/** @param signal Ends the conversation. */
export function createFrame(owner: Owner, title: string, signal: AbortSignal): CheckoutFrame {
  const element = make('iframe', {
    title,
    allow: 'clipboard-write',
    referrerPolicy: 'origin',
    onload: () => setTimeout(() => port || signal.aborted || owner.failed(), READY_AFTER_LOAD_MS),
  });
  let shown: Created | null;
  let port: MessagePort | undefined;
  let wallets: Wallets | undefined;

  const send = (message: FromParent): void => port?.postMessage(message);

  /** Extensions announce wallets to the shop's page, and to no frame in it. */
  const found = (): Wallets => wallets ??= new Wallets(() => wallets && sendWallets());

  const sendWallets = (): void => send({ type: 'wallets', wallets: found().list });

  /** What a wallet throws may be anything. */
  const answer = (id: number, work: Promise<unknown>): unknown => work.then(
    (result) => send({ type: 'answer', id, result }),
    (failure?: Problem & { message?: string }) => send({
      type: 'answer',
      id,
      error: failure?.detail ? failure : { message: String(failure?.message), code: Number(failure?.code) },
    }));

  const hear = ({ data }: MessageEvent<FromFrame>): void => {
    if (data.type === 'wallets?') sendWallets();
    else if (data.type === 'create') answer(data.id, owner.create(data.body).then((session) => shown = session));
    else if (data.type === 'send')
      answer(data.id, found().send(data.body.wallet, data.body.transaction).then((hash) => (owner.sent(), hash)));
    else owner.heard(data);
  };

  // On one origin a sandbox holds nothing back, and the browser warns of it.
  if (ORIGIN !== location.origin) element.setAttribute('sandbox', SANDBOX);

  // The frame greets once for each time that it was loaded, and gets a new port each time.
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== element.contentWindow || origin !== ORIGIN || data?.bleepay !== 'ready') return;
    port?.close();
    const channel = new MessageChannel();
    port = channel.port1;
    port.onmessage = hear;
    element.contentWindow!.postMessage(owner.init(shown), ORIGIN, [channel.port2]);
    element.style.opacity = '1';
  }, { signal });
  signal.addEventListener('abort', () => port?.close());
  return {
    element,
    show(url, session) {
      shown = session;
      port?.close();
      port = undefined;
      element.src = url;
    },
  };
}
