// Follows a session by the event stream of docs/live-view.md, through lost connections, until it is final.
import { isFinal, type Session } from './api.ts';

const RECONNECT_AFTER_MS = 1_000;

/**
 * How long a request may be without an answer. A browser may send it on an idle connection that died unnoticed, so the
 * next one is sent soon; each may take twice as long as the one before, for slow networks.
 */
const ANSWER_MS = 3_000;

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
  let lastSequence = 0;
  let isOver = false;
  let isLost = false;
  let patience = ANSWER_MS;
  while (!signal.aborted) {
    const line = new Line(signal);
    const unanswered = setTimeout(() => line.close(), patience);
    let delay = RECONNECT_AFTER_MS;
    try {
      const headers = { 'X-Client-Secret': key.clientSecret, ...(lastSequence && { 'Last-Event-ID': `${lastSequence}` }) };
      const response = await fetch(url, { headers, signal: line.signal, cache: 'no-store' }).catch(() => null);
      clearTimeout(unanswered);
      patience = response ? ANSWER_MS : Math.min(patience * 2, SILENCE_MS_MAX);
      if (response?.status === 204) return 'ended';
      if (response?.ok && response.body) {
        isLost = false;
        listener.connected?.(Date.parse(response.headers.get('Date') ?? '') || Date.now());
        for await (const session of sessions(response.body, line)) {
          lastSequence = session.sequence;
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
  readonly #cutter = new AbortController();
  #heardAt = Date.now();

  constructor(outer: AbortSignal) {
    const { signal } = this.#cutter;
    const watch = setInterval(() => this.#cutAfter(SILENCE_MS_MAX), HEARTBEAT_MS);
    signal.addEventListener('abort', () => clearInterval(watch));
    outer.addEventListener('abort', () => this.close(), { signal });
    onWake(() => this.#cutAfter(HEARTBEAT_MS), signal);
  }

  get signal(): AbortSignal {
    return this.#cutter.signal;
  }

  heard(): void {
    this.#heardAt = Date.now();
  }

  close(): void {
    this.#cutter.abort();
  }

  #cutAfter(silenceMs: number): void {
    if (Date.now() - this.#heardAt > silenceMs) this.close();
  }
}

/** The events of a stream: each one's data is a session, and its id the sequence. */
async function* sessions(body: ReadableStream<BufferSource>, line: Line): AsyncGenerator<Session> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value } = await reader.read().catch(() => ({ value: '' }));
    if (!value || line.signal.aborted) return;
    line.heard();
    const blocks = (text + value).split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const data = /^data: ?(.*)/m.exec(block)?.[1];
      if (data && !line.signal.aborted) yield JSON.parse(data);
    }
  }
}

/** @param signal Ends the listening. */
function onWake(listener: () => void, signal: AbortSignal): void {
  for (const type of WAKES) addEventListener(type, listener, { signal });
}

/** Ends early when the page wakes up or the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const ended = new AbortController();
    const end = (): void => {
      clearTimeout(timer);
      ended.abort();
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { signal: ended.signal });
    onWake(end, ended.signal);
  });
}
