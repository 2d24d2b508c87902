// Shows one session from its first answer to its end: follows it, keeps the clock, and handles what the customer does.
import type { Session } from './api.ts';
import { Refused } from './api.ts';
import { dress } from './color.ts';
import type { Frame } from './frame.ts';
import type { View } from './paint.ts';
import { notify, paint, paintClock, paintHead } from './paint.ts';
import type { Created, WalletInfo } from './protocol.ts';
import { sandboxPanel } from './sandbox.ts';
import type { Checkout } from './screen.ts';
import { mayComeLate, screenOf } from './screen.ts';
import { API, answered, cancel, readCheckout, readSession, simulate } from './service.ts';
import { follow } from './stream.ts';
import { transactionOf } from './transfer.ts';
import { Wallets } from './wallets.ts';
import { text } from './words.ts';

const TICK_MS = 250;
const LATE_POLL_MS = 30_000;
const LATE_POLLS_MAX = 60;

/** How long a connection may be lost before the customer reads of it. */
const LOST_AFTER_MS = 1_000;

/** Seconds before the end that are read aloud. */
const ANNOUNCED = new Map([[300, 'left5'], [60, 'left1']]);

/** Codes of a wallet's refusals (EIP-1193, EIP-3326). */
const WALLET_ERRORS = new Map([[4001, 'walletRefused'], [4902, 'walletChain']]);

export class SessionView {
  private readonly stop = new AbortController();
  private session: Session | null = null;
  private checkout: Checkout | null = null;
  private ownWallets: Wallets | null = null;
  private wallets: readonly WalletInfo[] = [];
  private hasSent: boolean;
  private asksWallet = false;
  private qr: View['qr'] = 'address';
  private asksToCancel = false;
  private painted = '';
  private announcedAt = 0;

  /** The service's time less the performance clock, which no user can set. */
  private offset = Date.now() - performance.now();

  /**
   * @param key The session and its secret.
   * @param frame The shop's page around this one; null at the top of a window.
   * @param again Starts over after a session that has ended unpaid; null where the page can't.
   */
  constructor(
    private readonly key: Created,
    private readonly frame: Frame | null,
    private readonly again: (() => void) | null) {
    // The form creates a new session.
    this.hasSent = Boolean(frame?.init.session && frame.init.hasSent);
  }

  /** @returns When nothing more can change, or the customer starts again. */
  async show(): Promise<'ended' | 'refused'> {
    this.findWallets();
    const ticking = setInterval(() => this.tick(), TICK_MS);
    try {
      await Promise.all([this.describe(), this.followToEnd()]);
      await this.awaitLateMoney();
      return 'ended';
    } catch (failure) {
      if (!(failure instanceof Refused)) throw failure;
      return 'refused';
    } finally {
      clearInterval(ticking);
      this.stop.abort();
    }
  }

  private get now(): number {
    return performance.now() + this.offset;
  }

  private findWallets(): void {
    if (this.frame) {
      this.frame.walletsChanged = (wallets) => {
        this.wallets = wallets;
        this.repaint();
      };
      this.frame.send({ type: 'wallets?' });
      return;
    }
    this.ownWallets = new Wallets(() => {
      this.wallets = this.ownWallets?.list ?? [];
      this.repaint();
    });
    this.wallets = this.ownWallets.list;
  }

  /** Reads what is shown besides the session: names, looks, links. */
  private async describe(): Promise<void> {
    const checkout = await answered(() => readCheckout(this.key), this.stop.signal).catch((failure: unknown) => {
      this.stop.abort();
      throw failure;
    });
    if (!checkout) return;
    this.checkout = checkout;
    dress(checkout.merchant?.color ?? null);
    paintHead(checkout.merchant, this.frame?.closer ?? null);
    this.chooseCode();
    this.repaint();
    if (checkout.sandbox)
      document.getElementById('card')!.append(sandboxPanel((outcome) => this.act(() => simulate(this.key, outcome))));
  }

  /** A native coin's URI names its recipient first, so that the worst reading of it leaves out the amount. */
  private chooseCode(): void {
    if (this.session?.currencyAddress === '' && this.session.paymentUri) this.qr = 'amount';
  }

  private async followToEnd(): Promise<void> {
    let lost: ReturnType<typeof setTimeout> | undefined;
    const found = (): void => {
      clearTimeout(lost);
      lost = undefined;
      notify('');
    };
    const end = await follow(API, this.key.id, { 'X-Client-Secret': this.key.clientSecret }, {
      changed: (session) => this.receive(session),
      connected: ({ headers }) => {
        // The service sends its time in whole seconds.
        const serverTime = Date.parse(headers.get('Date') ?? '') + 500 || Date.now();
        this.offset = serverTime - performance.now();
        found();
      },
      lost: () => (lost ??= setTimeout(() => notify(text(['lost']), 'bad'), LOST_AFTER_MS)),
    }, this.stop.signal);
    found();
    if (!end && !this.session && !this.stop.signal.aborted) await this.refresh();
    if (end) throw new Refused({ status: 404, code: 'refused', title: '', detail: '' });
  }

  /** The stream ends with the session; money that comes later is found by reading. */
  private async awaitLateMoney(): Promise<void> {
    for (let polls = 0; this.session && mayComeLate(this.session) && polls < LATE_POLLS_MAX; polls++) {
      await new Promise((resolve) => setTimeout(resolve, LATE_POLL_MS));
      await this.refresh();
    }
  }

  private async refresh(): Promise<void> {
    const session = await readSession(this.key);
    if (session) this.receive(session);
  }

  private receive(session: Session): void {
    const before = this.session;
    if (before && session.sequence < before.sequence) return;
    this.session = session;
    if (before === null) {
      this.chooseCode();
      this.hasSent ||= history.state === this.sentMark;
    }
    if (before && before.paymentStatus !== session.paymentStatus) {
      this.hasSent = false;
      this.asksToCancel = false;
    }
    if (before?.sequence !== session.sequence) this.frame?.send({ type: 'change', session });
    this.repaint();
  }

  private tick(): void {
    if (!this.session) return;
    const seconds = Math.max(0, Math.ceil((Date.parse(this.session.expiresAt) - this.now) / 1_000));
    paintClock(seconds);
    const key = ANNOUNCED.get(seconds);
    if (key && this.announcedAt !== seconds && document.getElementById('clock')) {
      this.announcedAt = seconds;
      notify(text([key]));
    }
    if (seconds === 0) this.repaint();
  }

  private repaint(): void {
    if (!this.session) return;
    const screen = screenOf(this.session, this.checkout, this.now, this.hasSent);
    const view: View = {
      screen,
      wallets: this.wallets,
      qr: this.qr,
      asksToCancel: this.asksToCancel,
      asksWallet: this.asksWallet,
      isTouch: matchMedia('(pointer: coarse)').matches,
      merchantName: this.checkout?.merchant?.name ?? text(['shop']),
      backLabel: screen.back && this.backLabel(screen.back),
      canStartAgain: screen.canStartAgain && this.again !== null,
    };
    const drawing = JSON.stringify({ ...view, screen: { ...screen, left: screen.left === null } });
    if (drawing === this.painted) return;
    this.painted = drawing;
    paint(view, {
      pay: (wallet) => this.pay(wallet),
      cancel: () => this.act(async () => {
        await cancel(this.key);
        return readSession(this.key);
      }),
      again: () => this.startAgain(),
      back: (to) => this.goBack(to),
      choose: (choice) => {
        Object.assign(this, choice);
        this.repaint();
      },
    });
    this.tick();
  }

  private backLabel(to: 'success' | 'cancel'): View['backLabel'] {
    if (this.backUrl(to)) return 'back';
    return this.frame?.closer || opener ? 'close' : null;
  }

  /** The shop's own URL with the session's id, which proves nothing about a payment. */
  private backUrl(to: 'success' | 'cancel'): string | null {
    const target = to === 'success' ? this.checkout?.successUrl : this.checkout?.cancelUrl;
    if (!target || !this.session) return null;
    const url = new URL(target);
    url.searchParams.set('session', this.session.id);
    return url.href;
  }

  private goBack(to: 'success' | 'cancel'): void {
    const url = this.backUrl(to);
    if (this.frame) this.frame.send(url ? { type: 'back', url } : { type: 'close' });
    else if (url) location.assign(url);
    else close();
  }

  private startAgain(): void {
    this.stop.abort();
    this.again?.();
  }

  /** Does one thing that changes the session. */
  private async act(request: () => Promise<Session | null>): Promise<void> {
    try {
      const session = await request();
      if (session) this.receive(session);
      else notify(text(['failed']), 'bad');
    } catch (failure) {
      if (!(failure instanceof Refused)) throw failure;
      notify(failure.problem.errors ? Object.values(failure.problem.errors).flat().join(' ') : text(['failed']), 'bad');
      await this.refresh();
    }
  }

  /** Kept by the window's history, so that a reloaded page does not offer a wallet that has sent the payment. */
  private get sentMark(): string {
    return `sent ${this.key.id} ${this.session!.paymentStatus}`;
  }

  /** A wallet is asked for one transfer at a time: two clicks are no two payments. */
  private async pay(wallet: string): Promise<void> {
    const transaction = this.session?.paymentUri ? transactionOf(this.session.paymentUri) : null;
    if (!transaction || this.asksWallet) return;
    this.asksWallet = true;
    notify('');
    this.repaint();
    try {
      await (this.frame ? this.frame.sendByWallet(wallet, transaction) : this.ownWallets!.send(wallet, transaction));
      this.hasSent = true;
      history.replaceState(this.sentMark, '');
    } catch (failure) {
      const key = WALLET_ERRORS.get((failure as { code?: number }).code ?? 0) ?? 'walletFailed';
      notify(text([key, { network: this.checkout?.network?.name ?? '' }]), 'bad');
    }
    this.asksWallet = false;
    this.repaint();
  }
}
