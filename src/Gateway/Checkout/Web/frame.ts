// The page inside a shop's page: what it sends to the shop's script and what it asks of it. See protocol.ts.
import type { Problem } from './api.ts';
import { Refused } from './api.ts';
import type { Created, FromFrame, FromParent, Init, Transaction, WalletInfo } from './protocol.ts';
import { VERSION } from './protocol.ts';

export class Frame {
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(reason: Error): void }>();
  private nextId = 1;

  /** Called when the shop's page has found wallets. */
  walletsChanged: (wallets: WalletInfo[]) => void = () => {};

  /** Closes the checkout; null where the shop shows no way to. */
  readonly closer: (() => void) | null;

  private constructor(private readonly port: MessagePort, readonly init: Init) {
    port.onmessage = ({ data }: MessageEvent<FromParent>) => this.receive(data);
    this.closer = init.closable ? () => this.send({ type: 'close' }) : null;
    new ResizeObserver(() => this.send({ type: 'resize', height: document.documentElement.offsetHeight }))
      .observe(document.documentElement);
    addEventListener('keydown', ({ key }) => key === 'Escape' && this.closer?.());
  }

  /**
   * Waits for the parent's first message with a port. Which page may be the parent is decided by frame-ancestors, and a
   * parent without a session shows none.
   */
  static open(): Promise<Frame> {
    return new Promise((resolve) => {
      const receive = ({ source, data, ports }: MessageEvent): void => {
        const [port] = ports;
        if (source !== parent || !port || data?.bleepay !== 'init') return;
        removeEventListener('message', receive);
        resolve(new Frame(port, data as Init));
      };
      addEventListener('message', receive);
      parent.postMessage({ bleepay: 'ready', version: VERSION }, '*');
    });
  }

  send(message: FromFrame): void {
    this.port.postMessage(message);
  }

  create(body: Extract<FromFrame, { type: 'create' }>['body']): Promise<Created> {
    return this.ask((id) => ({ type: 'create', id, body })) as Promise<Created>;
  }

  sendByWallet(wallet: string, transaction: Transaction): Promise<string> {
    return this.ask((id) => ({ type: 'send', id, body: { wallet, transaction } })) as Promise<string>;
  }

  private ask(message: (id: number) => FromFrame): Promise<unknown> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send(message(id));
    });
  }

  private receive(message: FromParent): void {
    if (message.type === 'wallets') this.walletsChanged(message.wallets);
    if (message.type !== 'answer') return;
    const question = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (!('error' in message)) question?.resolve(message.result);
    else if ('title' in message.error) question?.reject(new Refused(message.error as Problem));
    else question?.reject(Object.assign(new Error(message.error.message), { code: (message.error as { code?: number }).code }));
  }
}
