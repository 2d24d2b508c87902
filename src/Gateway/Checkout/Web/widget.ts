// <bleepay-checkout>, which a shop puts on its page. The shop's page opens the session, so that the browser itself
// proves the shop's domain; the checkout page in the frame or pop-up gets the session's secret and never the widget's.
import { isFinal, isPaid, type Draft, type Problem, type Session, type WidgetConfig } from './api.ts';
import type { BleepayCheckoutElement, BleepayEventMap } from './npm/widget.d.ts';
import { VERSION, type Created, type FromFrame, type Init } from './protocol.ts';
import { follow } from './stream.ts';
import { API, openSession, pageOf, problem, readConfig, unavailable } from './widget-api.ts';
import { createFrame, make, type CheckoutFrame, type Owner } from './widget-frame.ts';

/** The minified widget.css: see build.mjs. */
declare const STYLE: string;

const NAME = 'bleepay-checkout';
const POPUP = 'popup,width=480,height=800';

/** What a session is opened with. */
const DRAFT = [
  'amount', 'currency', 'network', 'currency-address', 'deposit-address', 'customer-reference', 'customer-email',
];

const refused = problem(401, 'unauthorized', 'This payment link is not valid.');
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

class CheckoutElement extends HTMLElement implements BleepayCheckoutElement {
  static readonly observedAttributes = [
    'widget', 'widget-secret', 'session', 'client-secret', 'mode', 'label', ...DRAFT,
  ];

  readonly #root = this.attachShadow({ mode: 'open' });
  readonly #label = make('slot', {});
  readonly #button = make('button', { part: 'button', onclick: () => this.open() });
  readonly #message = make('p', { part: 'error', role: 'alert' });
  readonly #dialog = make('dialog', { onclose: () => this.#dialog.open || this.close() });
  readonly #seen = new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && this.#prepare());

  /** The checkout that is open; aborted when it is closed. */
  #opened: AbortController | undefined;
  /** Ends the following of the session by this page. */
  #following: AbortController | undefined;
  #frame: CheckoutFrame | undefined;
  #popup: Window | null | undefined;
  /** Of the last session, which may be paid still while a form asks for the next. */
  #key: Created | undefined;
  #session: Session | null = null;
  #reading: Promise<unknown> | undefined;
  #config: WidgetConfig | undefined;
  /** A wallet has sent the payment, and the session does not show it yet. */
  #hasSent = false;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheet];
    this.#button.append(this.#label);
    this.#root.append(this.#button, this.#message, this.#dialog);
  }

  get session(): Session | null {
    return this.#session;
  }

  connectedCallback(): void {
    this.#label.textContent = this.#get('label') || 'Pay';
    this.#seen.observe(this);
  }

  disconnectedCallback(): void {
    this.#seen.disconnect();
    this.close();
    this.#following?.abort();
  }

  attributeChangedCallback(): void {
    if (!this.isConnected) return;
    this.#reading = this.#config = undefined;
    if (this.#isInline) this.close();

    // It calls back once for all the attributes that a script changes now.
    this.#seen.disconnect();
    this.connectedCallback();
  }

  async open(): Promise<void> {
    // A pop-up may have been closed, which can't be known; it is shown again.
    if ((this.#opened && !this.#popup) || !this.#fire('open', null)) return;
    this.#opened?.abort();
    const { signal } = this.#opened = new AbortController();
    this.#message.textContent = '';
    this.#button.ariaBusy = 'true';
    await this.#show(signal).catch((failure) => this.#end(signal, failure));
    this.#button.ariaBusy = null;
  }

  close(): void {
    if (!this.#opened) return;
    this.#opened.abort();
    this.#popup?.close();
    this.#frame?.element.remove();
    this.#opened = this.#popup = this.#frame = undefined;
    this.#dialog.close();
    this.#button.hidden = false;
    this.#following?.abort();

    // Money is on its way, and no frame reports when it has arrived.
    const status = this.#session?.paymentStatus ?? 'CREATED';
    if (this.isConnected && !isFinal(status) && (this.#hasSent || status !== 'CREATED')) this.#follow();
    this.#fire('close', { session: this.#session });
  }

  #get(attribute: string): string {
    return this.getAttribute(attribute) ?? '';
  }

  /** Empty until the widget's configuration is read. */
  get #mode(): string {
    return this.#get('mode')
      || (this.#get('widget-secret') ? this.#config?.renderMode.toLowerCase() ?? '' : 'dialog');
  }

  get #isInline(): boolean {
    return this.#mode === 'inline';
  }

  /** True if the customer chooses what or how to pay. */
  get #isForm(): boolean {
    return !this.#get('session') && !(this.#way && this.#get('amount'));
  }

  /** An empty attribute is none, except that of the network's own coin. The API takes null for none. */
  get #given(): Draft {
    return <Draft><unknown>Object.fromEntries(DRAFT.map((name) => {
      const value = this.getAttribute(name);
      return [
        name.replace(/-(.)/, (_, letter: string) => letter.toUpperCase()),
        name === 'currency-address' ? value : value || null,
      ];
    }));
  }

  /** The way to pay, if the attributes fix it. */
  get #way(): Omit<Draft, 'amount'> | null {
    const { currency, network, currencyAddress, depositAddress } = this.#given;
    return currency && network && currencyAddress !== null && depositAddress
      ? { currency, network, currencyAddress, depositAddress }
      : null;
  }

  /** Reads ahead what a click can't wait for, and shows what needs no click. */
  #prepare(): void {
    if (this.#get('widget-secret') && (this.#isForm || !this.#mode)) this.#readConfig().catch(() => {});

    // A fixed payment starts with a click: a session lasts half an hour, and most visitors of a page do not buy.
    if (this.#isInline && (this.#isForm || this.#get('session'))) this.open();
  }

  /** A failure is not kept: the next click asks again. */
  #readConfig(): Promise<unknown> {
    return this.#reading ??= readConfig(this.#get('widget'), this.#get('widget-secret'))
      .then((config) => this.#config = config)
      .finally(() => this.#config || (this.#reading = undefined));
  }

  async #show(signal: AbortSignal): Promise<void> {
    // A browser opens a pop-up only while it handles the click: not after the first await.
    if (!this.#mode) await this.#readConfig();
    if (signal.aborted) return;
    this.#popup = this.#mode === 'popup' && !this.#isForm ? window.open('', this.#get('widget'), POPUP) : null;
    if (!this.#popup && !this.#isInline) this.#dialog.showModal();
    await this.#start(signal);
  }

  async #start(signal: AbortSignal): Promise<void> {
    const id = this.#get('session');
    let key: Created | null = null;
    if (id) key = { id, clientSecret: this.#get('client-secret') };
    else if (this.#isForm) await this.#readConfig();
    else key = await this.#create({});
    if (signal.aborted) return;
    if (key) this.#use(key);
    const url = pageOf(this.#get('widget'), key, this.getAttribute('locale'));
    if (this.#popup) {
      this.#popup.location.replace(`${url}#${key!.clientSecret}`);
      this.#popup.focus();
      this.#follow();
      return;
    }
    this.#frame ??= createFrame(this.#owner(signal), this.#get('frame-title') || 'Checkout', signal);
    this.#button.hidden = this.#isInline;
    this.#frame.show(url, key);
    if (!this.#frame.element.isConnected) (this.#isInline ? this.#root : this.#dialog).append(this.#frame.element);
  }

  /** @param typed What the form has asked for. */
  async #create(typed: Partial<Draft>): Promise<Created> {
    const metadata = JSON.parse(this.#get('metadata') || 'null');
    return openSession(this.#get('widget'), this.#get('widget-secret'), { ...this.#given, ...typed, metadata });
  }

  #use(key: Created): void {
    if (key.id !== this.#session?.id) {
      this.#session = null;
      this.#hasSent = false;
    }
    this.#key = key;
    this.#following?.abort();
    this.#fire('session', { id: key.id });
  }

  #owner(signal: AbortSignal): Owner {
    return {
      init: (session) => ({
        bleepay: 'init',
        version: VERSION,
        session,
        config: session ? null : this.#config!,
        amount: this.#get('amount') || null,
        option: this.#option,
        locale: this.getAttribute('locale'),
        theme: this.getAttribute('theme') as Init['theme'],
        hasSent: this.#hasSent,
        closable: !this.#isInline,
      }),
      create: async (body) => {
        const key = await this.#create(body);
        if (!signal.aborted) this.#use(key);
        return key;
      },
      sent: () => this.#hasSent = true,
      heard: (message) => this.#hear(message, signal),
      failed: () => this.#end(signal, unavailable),
    };
  }

  get #option(): Init['option'] {
    const way = this.#way;
    return way && {
      networkName: way.network,
      decimals: null,
      ...this.#config?.options.find(({ network, currencyAddress }) =>
        network === way.network && currencyAddress.toLowerCase() === way.currencyAddress.toLowerCase()),
      ...way,
    };
  }

  #hear(message: FromFrame, signal: AbortSignal): void {
    if (message.type === 'resize') this.#frame!.element.style.height = `${message.height}px`;
    else if (message.type === 'change') this.#change(message.session);
    else if (message.type === 'close') this.close();
    else if (message.type === 'back') {
      this.close();
      if (/^https?:/.test(message.url)) location.assign(message.url);
    }
    else if (message.type === 'refused') this.#fail(refused);
    else if (message.type === 'again') {
      // The shop's server opens another session for its own page.
      if (this.#get('session')) this.close();
      else this.#start(signal).catch((failure) => this.#end(signal, failure));
    }
  }

  /** Ends the checkout with bleepay-error, unless it was closed before. */
  #end(signal: AbortSignal, failure: Problem): void {
    if (signal.aborted) return;
    this.#fail(failure.detail ? failure : problem(0, 'unexpected', `${failure}`));
    this.close();
  }

  #follow(): void {
    const { signal } = this.#following = new AbortController();
    follow(
      API, this.#key!.id, { 'X-Client-Secret': this.#key!.clientSecret },
      { changed: (session) => this.#change(session) }, signal)
      .then((outcome) => outcome && this.#fail(refused));
  }

  #change(session: Session): void {
    const last = this.#session;
    if (session.id !== this.#key?.id || (last && session.sequence <= last.sequence)) return;
    this.#session = session;
    const status = session.paymentStatus;
    this.#fire('change', session);
    if (status === last?.paymentStatus) return;
    this.#hasSent = false;
    if (status === 'EXPIRED') this.#fire('expired', session);
    if (isPaid(status) && !this.#fire('paid', session)) this.close();
  }

  #fail(failure: Problem): void {
    if (this.#fire('error', failure)) this.#message.textContent = failure.detail;
  }

  /** @returns False if the page has prevented what would follow. */
  #fire<Name extends 'open' | 'session' | 'change' | 'paid' | 'expired' | 'close' | 'error'>(
    name: Name, detail: BleepayEventMap[`bleepay-${Name}`]['detail'],
  ): boolean {
    return this.dispatchEvent(
      new CustomEvent(`bleepay-${name}`, { detail, bubbles: true, composed: true, cancelable: true }));
  }
}

if (!customElements.get(NAME)) customElements.define(NAME, CheckoutElement);
