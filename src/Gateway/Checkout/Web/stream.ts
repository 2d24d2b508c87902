// Follows a session by the event stream of docs/live-view.md, through lost connections, until it is final.
import { isFinal, type Session } from './api.ts';

const RECONNECT_AFTER_MS = 1_000;

/** Longer than the time between two heartbeats, so that such a silence before a wake means a dead connection. */
const HEARTBEAT_MS = 17_000;

/** After this silence a connection is dead, even if the page was never asleep. */
const SILENCE_MS_MAX = 45_000;

/** What may bring a page back that was asleep or without a network. */
const WAKES = ['visibilitychange', 'pageshow', 'online'] as const;

export interface Listener {
  /** The session after a change, or as it is. The same sequence may come again. */
  changed(session: Session): void;
  /** A connection stands. serverTime is the service's clock now, in milliseconds, exact to a second. */
  connected?(serverTime: number): void;
  /** No connection stands, and another one is tried. Called once until connected is. */
  lost?(): void;
}

/**
 * @param api The address of the API, such as https://pay.example/api/v1.
 * @param key The session's id and secret.
 * @param listener Called in order. It is called no more once the signal is aborted.
 * @param signal Ends the following.
 * @returns 'ended' once the session is final, 'refused' where the id or secret is not valid, 'stopped' by the signal.
 */
export async function follow(
  api: string,
  key: { id: string; clientSecret: string },
  listener: Listener,
  signal: AbortSignal,
): Promise<'ended' | 'refused' | 'stopped'> {
  const url = `${api}/widgets/deposit-sessions/${encodeURIComponent(key.id)}/events`;
  let lastId = '';
  let isOver = false;
  let isLost = false;
  while (!signal.aborted) {
    const line = new Line(signal);
    let delay = RECONNECT_AFTER_MS;
    try {
      const headers = { 'X-Client-Secret': key.clientSecret, ...(lastId && { 'Last-Event-ID': lastId }) };
      const response = await fetch(url, { headers, signal: line.signal, cache: 'no-store' }).catch(() => null);
      if (response?.status === 204) return 'ended';
      if (response?.ok && response.body) {
        isLost = false;
        listener.connected?.(Date.parse(response.headers.get('Date') ?? '') || Date.now());
        for await (const { id, data } of events(response.body, line)) {
          lastId = id;
          const session = JSON.parse(data) as Session;
          isOver = isFinal(session.paymentStatus);
          listener.changed(session);
        }
      } else if (response) {
        if (response.status < 500 && response.status !== 429) return 'refused';
        delay = Math.max(delay, Number(response.headers.get('Retry-After')) * 1_000 || 0);
      }
      if (line.signal.aborted) delay = 0;
    } finally {
      line.close();
    }
    if (isOver) return 'ended';
    if (signal.aborted) break;
    if (!isLost) listener.lost?.();
    isLost = true;
    await pause(delay, signal);
  }
  return 'stopped';
}

/** One connection. It is cut when it is dead: a fetch would wait for ever. */
class Line {
  private readonly cutter = new AbortController();
  private readonly watch = setInterval(() => this.cutAfter(SILENCE_MS_MAX), HEARTBEAT_MS);
  private heardAt = Date.now();

  constructor(private readonly outer: AbortSignal) {
    outer.addEventListener('abort', this.cut);
    for (const type of WAKES) addEventListener(type, this.wake);
  }

  get signal(): AbortSignal {
    return this.cutter.signal;
  }

  heard(): void {
    this.heardAt = Date.now();
  }

  close(): void {
    clearInterval(this.watch);
    this.outer.removeEventListener('abort', this.cut);
    for (const type of WAKES) removeEventListener(type, this.wake);
    this.cut();
  }

  private readonly cut = (): void => this.cutter.abort();

  private readonly wake = (): void => this.cutAfter(HEARTBEAT_MS);

  private cutAfter(silenceMs: number): void {
    if (Date.now() - this.heardAt > silenceMs) this.cut();
  }
}

async function* events(body: ReadableStream<Uint8Array>, line: Line): AsyncGenerator<{ id: string; data: string }> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { value } = await reader.read().catch(() => ({ value: null }));
    if (!value || line.signal.aborted) return;
    line.heard();
    const blocks = (text + decoder.decode(value, { stream: true })).split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string): string => block.match(new RegExp(`^${name}: ?(.*)$`, 'm'))?.[1] ?? '';
      const data = field('data');
      if (data && !line.signal.aborted) yield { id: field('id'), data };
    }
  }
}

/** Ends early when the page wakes up or the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      for (const type of WAKES) removeEventListener(type, end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    for (const type of WAKES) addEventListener(type, end);
  });
}
