// Requests to the service that has sent this page.
import { notify } from './paint.ts';
import { text } from './words.ts';
import type { Draft, Problem, Session, WidgetConfig } from './api.ts';
import { ANSWER_MS_MAX, Refused } from './api.ts';
import type { Created } from './protocol.ts';
import type { Checkout } from './screen.ts';

/** The service may lie under a path: everything before /pay/ is its own. */
const base = location.pathname.slice(0, location.pathname.lastIndexOf('/pay/'));

/** The address of the API. */
export const API = `${location.origin}${base}/api/v1`;

/** The two parts of the page's path: the widget's id and, unless the page is the form, the session's. */
export const [widgetId = '', pathSessionId = null] = location.pathname.slice(base.length + '/pay/'.length).split('/');

/** Resolves to null while the service can't be reached. */
async function call<Answer>(path: string, secret: string, body?: unknown, key?: string): Promise<Answer | null> {
  const response = await fetch(`${API}${path}`, {
    cache: 'no-store',
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'X-Client-Secret': secret,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(key !== undefined && { 'Idempotency-Key': key }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => null);
  if (!response || response.status >= 500) return null;
  const answer = (await response.json().catch(() => null)) as Answer | null;
  if (response.ok) return answer;
  const retryAfter = Number(response.headers.get('Retry-After'));
  throw new Refused({
    ...(answer as Problem | null ?? { code: 'unknown', title: '', detail: '' }),
    status: response.status,
    ...(retryAfter > 0 && { retryAfter }),
  });
}

const RETRY_MS = 2_000;

/**
 * Repeats a request until the service answers it.
 * @returns Null when the signal ends the wait.
 */
export async function answered<Answer>(request: () => Promise<Answer | null>, signal?: AbortSignal): Promise<Answer | null> {
  for (;;) {
    const answer = await request();
    if (answer !== null || signal?.aborted) return answer;
    notify(text(['lost']), 'bad');
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

const ofSession = (id: string): string => `/widgets/deposit-sessions/${encodeURIComponent(id)}`;

export const readSession = ({ id, clientSecret }: Created): Promise<Session | null> =>
  call(ofSession(id), clientSecret);

/** Refused as not found when the session is of another widget than the page. */
export const readCheckout = ({ id, clientSecret }: Created): Promise<Checkout | null> =>
  call(`${ofSession(id)}/checkout?widgetId=${encodeURIComponent(widgetId)}`, clientSecret);

export const cancel = ({ id, clientSecret }: Created): Promise<unknown> =>
  call(`${ofSession(id)}/cancel-session`, clientSecret, {});

export const simulate = ({ id, clientSecret }: Created, outcome: string): Promise<Session | null> =>
  call(`${ofSession(id)}/simulate-payment`, clientSecret, { outcome });

export const readConfig = (secret: string): Promise<{ config: WidgetConfig | null } | null> =>
  call(`/widgets/${encodeURIComponent(widgetId)}/config`, secret);

export const createSession = (secret: string, body: Draft, key: string): Promise<Created | null> =>
  call(`/widgets/${encodeURIComponent(widgetId)}/create-session`, secret, body, key);
