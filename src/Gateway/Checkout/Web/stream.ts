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
  /** A connection is open, with this answer. */
  connected?(answer: Response): void;
  /** No connection is open, and another one is tried. Called after each try. */
  lost?(): void;
}

/**
 * @param api The address of the API, such as https://pay.example/api/v1.
 * @param id The session's.
 * @param credential The header that allows to read the session.
 * @param listener Called in order. It is not called after the signal is aborted.
 * @param signal Ends the following.
 * @returns 'refused' where the id or the credential is not valid; else nothing, once the session is final or the signal aborted.
 */
export async function follow(
  api: string,
  id: string,
  credential: Record<string, string>,
  listener: Listener,
  signal: AbortSignal,
): Promise<'refused' | void> {
  let lastSequence = 0;
  let patience = ANSWER_MS;
  while (!signal.aborted) {
    let heardAt: number;
    let timer = 0;
    const heard = (silenceMs: number): void => {
      heardAt = Date.now();
      clearTimeout(timer);
      timer = setTimeout(() => line.abort(), silenceMs);
    };
    const line = within(signal, () => Date.now() - heardAt > HEARTBEAT_MS && line.abort());
    let delay = RECONNECT_AFTER_MS;
    heard(patience);
    try {
      const headers = { ...credential, ...(lastSequence && { 'Last-Event-ID': `${lastSequence}` }) };
      const response = await fetch(
        `${api}/widgets/deposit-sessions/${encodeURIComponent(id)}/events`,
        { cache: 'no-store', headers, signal: line.signal }).catch(() => null);
      heard(SILENCE_MS_MAX);
      patience = response ? ANSWER_MS : Math.min(patience * 2, SILENCE_MS_MAX);
      if (response?.status === 204) return;
      if (response?.ok && response.body) {
        listener.connected?.(response);
        for await (const text of lines(response.body)) {
          heard(SILENCE_MS_MAX);
          if (line.signal.aborted || !text.startsWith('data:')) continue;
          const session: Session = JSON.parse(text.slice(5));
          lastSequence = session.sequence;
          listener.changed(session);
          if (isFinal(session.paymentStatus)) return;
        }
      } else if (response) {
        if (response.status < 500 && response.status !== 429) return 'refused';
        delay = Number(response.headers.get('Retry-After')) * 1_000 || delay;
      }
      if (line.signal.aborted) delay = 0;
    } finally {
      clearTimeout(timer);
      line.abort();
    }
    if (signal.aborted) return;
    listener.lost?.();
    await pause(delay, signal);
  }
}

/** The lines of a stream. Each event has its data in one. */
async function* lines(body: ReadableStream<BufferSource>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ;) {
    const { value } = await reader.read().catch(() => ({ value: '' }));
    if (!value) return;
    const complete = (rest + value).split('\n');
    rest = complete.pop()!;
    yield* complete;
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
 * A controller that is aborted with the outer signal, or earlier by its owner.
 * @param woken Called until then, when the page wakes up.
 */
function within(outer: AbortSignal, woken: () => void): AbortController {
  const inner = new AbortController();
  const until = { signal: inner.signal };
  outer.addEventListener('abort', () => inner.abort(), until);
  for (const type of WAKES) addEventListener(type, woken, until);
  return inner;
}
