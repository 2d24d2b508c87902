// What the shop's page requests from the service: the widget's configuration, and sessions.
import { ANSWER_MS_MAX, isFinal, type Draft, type Problem, type Session, type WidgetConfig } from './api.ts';
import type { Created } from './protocol.ts';

/** The service that has sent this script, with a slash at its end. It may lie under a path. */
const service = new URL('..', import.meta.url);

export const ORIGIN = service.origin;

/** The address of the API. */
export const API = `${service}api/v1`;

/** The checkout page of a widget or of one of its sessions. */
export function pageOf(widget: string, session: Created | null, locale: string | null): string {
  const query = locale ? `?locale=${encodeURIComponent(locale)}` : '';
  return `${service}pay/${widget}${session ? `/${session.id}` : ''}${query}`;
}

/** What is thrown instead of an answer. */
export const problem = (status: number, code: string, detail: string): Problem =>
  ({ status, code, title: detail, detail });

/** The service can't be reached, or sends what is none of its pages. */
export const unavailable = problem(0, 'unavailable', 'The payment service does not answer.');

/** @throws A Problem. */
async function call<Answer>(path: string, secret: string, post: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${API}/widgets/${path}`, {
    ...post,
    cache: 'no-store',
    headers: { 'X-Client-Secret': secret, ...post.headers },
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (response?.ok && answer) return answer;
  const retryAfter = response?.headers.get('Retry-After');
  throw { ...unavailable, ...answer, ...(retryAfter && { retryAfter: Number(retryAfter) }) };
}

/** @throws A Problem, also where the widget is disabled or does not allow the page's domain. */
export async function readConfig(widget: string, secret: string): Promise<WidgetConfig> {
  const { config, reason } = await call<{ config: WidgetConfig | null; reason: string }>(
    `${widget}/config`, secret);
  if (config) return config;
  throw reason === 'domain_not_allowed'
    ? problem(403, reason, 'Payments are not set up for this website.')
    : problem(400, reason, 'Payments are switched off.');
}

/**
 * Opens a session, or finds the one that this tab has opened with the same draft. Once that one is final, there will be
 * a new one.
 * @throws A Problem.
 */
export async function openSession(widget: string, secret: string, draft: Draft): Promise<Created> {
  const { customerEmail, metadata, ...terms } = draft;
  const place = JSON.stringify(['bleepay', widget, terms]);
  for (let used = ''; ;) {
    const key = keyAt(place, used);
    try {
      const opened = await call<Created & Pick<Session, 'paymentStatus'>>(
        `${widget}/create-session`, secret, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
          body: JSON.stringify(draft),
        });
      if (used || !isFinal(opened.paymentStatus)) return opened;
    } catch (failure) {
      const { status, code } = failure as Problem;

      // A page of another domain can't read the refusal. The configuration has the reason.
      if (!status) await readConfig(widget, secret);
      if (used || code !== 'idempotency_conflict') throw failure;
    }
    used = key;
  }
}

/** Where the browser lets a page store nothing, the keys live as long as the page. */
let keys: Record<string, string> = {};
try {
  keys = sessionStorage as unknown as Record<string, string>;
} catch {
  // No storage.
}

/** The Idempotency-Key of a draft: the same for this tab until it is used up. Two calls that find it used up draw one key. */
function keyAt(place: string, used: string): string {
  let key = keys[place];
  if (!key || key === used) key = String(crypto.getRandomValues(new Uint32Array(4)));
  try {
    keys[place] = key;
  } catch {
    // The storage is full.
  }
  return key;
}
