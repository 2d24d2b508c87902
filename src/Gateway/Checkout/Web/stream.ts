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
  /** A connection stands, by this answer. */
  connected?(answer: Response): void;
  /** No connection stands, and another one is tried. Called after each try. */
  lost?(): void;
}

/**
 * @param api The address of the API, such as https://pay.example/api/v1.
 * @param key The session's id and secret.
 * @param listener Called in order. It is called no more once the signal is aborted.
 * @param signal Ends the following.
 * @returns 'refused' where the id or secret is not valid; else nothing, once the session is final or the signal aborted.
 */
export async function follow(
  api: string,
  key: { id: string; clientSecret: string },
  listener: Listener,
  signal: AbortSignal,
): Promise<'refused' | void> {
  const url = `${api}/widgets/deposit-sessions/${encodeURIComponent(key.id)}/events`;
  let lastSequence = 0;
  while (!signal.aborted) {
    let heardAt = Date.now();
    const cutAfter = (silenceMs: number): void => {
      if (Date.now() - heardAt > silenceMs) line.abort();
    };
    const watch = setInterval(() => cutAfter(SILENCE_MS_MAX), HEARTBEAT_MS);
    const line = within(signal, () => cutAfter(HEARTBEAT_MS));
    let delay = RECONNECT_AFTER_MS;
    try {
      const headers = { 'X-Client-Secret': key.clientSecret, ...(lastSequence && { 'Last-Event-ID': `${lastSequence}` }) };
      const response = await fetch(url, { headers, signal: line.signal, cache: 'no-store' }).catch(() => null);
      if (response?.status === 204) return;
      if (response?.ok && response.body) {
        listener.connected?.(response);
        for await (const text of events(response.body)) {
          heardAt = Date.now();
          for (const [, data] of text.matchAll(/^data: ?(.*)/gm)) {
            if (line.signal.aborted) break;
            const session: Session = JSON.parse(data!);
            lastSequence = session.sequence;
            listener.changed(session);
            if (isFinal(session.paymentStatus)) return;
          }
        }
      } else if (response) {
        if (response.status < 500 && response.status !== 429) return 'refused';
        delay = Number(response.headers.get('Retry-After')) * 1_000 || delay;
      }
      if (line.signal.aborted) delay = 0;
    } finally {
      clearInterval(watch);
      line.abort();
    }
    if (signal.aborted) return;
    listener.lost?.();
    await pause(delay, signal);
  }
}

/** The text of a stream, cut between two events. */
async function* events(body: ReadableStream<BufferSource>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ;) {
    const { value } = await reader.read().catch(() => ({ value: '' }));
    if (!value) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop()!;
    yield blocks.join('\n');
  }
}

/** Ends early when the page wakes up or the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<unknown> {
  const end = (): void => ended.abort();
  const ended = within(signal, end);
  setTimeout(end, ms);
  return new Promise((resolve) => ended.signal.addEventListener('abort', resolve));
}

/**
 * What is aborted with the outer signal, or earlier by itself.
 * @param woken Called until then, when the page wakes up.
 */
function within(outer: AbortSignal, woken: () => void): AbortController {
  const inner = new AbortController();
  const until = { signal: inner.signal };
  outer.addEventListener('abort', () => inner.abort(), until);
  for (const type of WAKES) addEventListener(type, woken, until);
  return inner;
}
