// Requests of a member of a business to the service that has sent this page. The token is in this module's memory only.
import type { Problem, Session, Status } from '../api.ts';
import { Refused } from '../api.ts';
import type { Listener } from '../stream.ts';
import { follow } from '../stream.ts';
import type { Claims } from './token.ts';
import { claimsOf } from './token.ts';

export interface ListedSession extends Session {
  widgetId: string;
  customerEmail: string | null;
  customerReference: string | null;
  /** When the customer's data was erased. */
  erasedAt: string | null;
}

export interface Transaction {
  txId: string;
  index: number;
  amount: string;
  status: string;
  confirmations: number;
  from: string | null;
  observedInTime: boolean;
  seenAt: string;
  settledAt: string | null;
  ambiguous: boolean;
}

export interface Change {
  sequence: number;
  paymentStatus: Status;
  cause: string;
  at: string;
  txId: string | null;
  receivedAmount: string;
  confirmations: number;
}

export interface SessionDetails extends ListedSession {
  transactions: Transaction[];
  transactionsTruncated: boolean;
  timeline: Change[];
  timelineTruncated: boolean;
}

export interface Endpoint {
  id: string;
  url: string;
  description: string | null;
  events: string[];
  enabled: boolean;
  pausedAt: string | null;
  createdAt: string;
}

export interface ListedDelivery {
  id: string;
  eventType: string;
  status: string;
  attempts: number;
  lastAttemptAt: string | null;
  createdAt: string;
}

export interface Delivery extends ListedDelivery {
  endpointId: string;
  requestUrl: string | null;
  requestBody: string | null;
  responseCode: number | null;
  responseBody: string | null;
  failure: string | null;
}

export interface UnmatchedPayment {
  id: string;
  network: string;
  txId: string;
  currency: string;
  currencyAddress: string;
  depositAddress: string;
  amount: string;
  from: string | null;
  blockNumber: number;
  seenAt: string;
  confirmations: number;
  reason: string;
  sessionId: string | null;
  assignedAt: string | null;
}

/** A problem as the log of the service has it too. */
export type Reported = Problem & { requestId?: string };

export interface Page<Item> {
  items: Item[];
  /** The cursor of the next page; null on the last one. */
  after: string | null;
}

export type Query = Record<string, string>;

interface Account {
  token: string;
  business: string;
  claims: Claims | null;
}

interface Request {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
}

/** Everything before the page's own path, since the service may be reached under one. */
const API = `${location.origin}${location.pathname.replace(/\/console\/?$/, '')}/api/v1`;

let account: Account = { token: '', business: '', claims: null };
let refuse = (_: Reported): void => {};

export const businessId = (): string => account.business;

export const claims = (): Claims | null => account.claims;

/** @param callback Called when the service refuses the token. */
export const whenRefused = (callback: (problem: Reported) => void): void => void (refuse = callback);

/** Uses another token from now on, if the service accepts it for the business. */
export async function signIn(token: string, business: string): Promise<void> {
  const next = { token, business, claims: claimsOf(token) };
  await send(next, `/businesses/${encodeURIComponent(business)}/webhook-endpoints`);
  account = next;
}

/** @throws Refused, also where the service can't be reached; an AbortError after the signal. */
async function send({ token }: Account, path: string, { query = {}, body, signal }: Request = {}): Promise<Response> {
  const search = new URLSearchParams(query).toString();
  const response = await fetch(`${API}${path}${search && `?${search}`}`, {
    cache: 'no-store',
    method: body === undefined ? 'GET' : 'POST',
    headers: { Authorization: `Bearer ${token}`, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((failure: unknown) => {
    if (signal?.aborted) throw failure;
    return null;
  });
  if (!response)
    throw new Refused({
      status: 0, code: 'unreachable', title: 'The service can’t be reached', detail: 'Check the connection, then try again.',
    });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => null)) as Reported | null;
  const retryAfter = Number(response.headers.get('Retry-After'));
  throw new Refused({
    ...(problem ?? { code: 'unknown', title: `The answer was ${response.status}`, detail: '' }),
    status: response.status,
    ...(retryAfter > 0 && { retryAfter }),
  });
}

/** A request with the token of now. One that is refused is reported, unless it was replaced meanwhile. */
async function ask(path: string, request?: Request): Promise<Response> {
  const used = account;
  return send(used, path, request).catch((failure: unknown) => {
    if (failure instanceof Refused && failure.problem.status === 401 && used === account) refuse(failure.problem);
    throw failure;
  });
}

const ofBusiness = (path: string): string => `/businesses/${encodeURIComponent(account.business)}/${path}`;

const ofSession = (id: string): string => `/widgets/deposit-sessions/${encodeURIComponent(id)}`;

async function list<Item>(path: string, query: Query): Promise<Page<Item>> {
  const response = await ask(ofBusiness(path), { query });
  const next = /<([^>]+)>; rel="next"/.exec(response.headers.get('Link') ?? '')?.[1];
  return {
    items: (await response.json()) as Item[],
    after: next === undefined ? null : new URL(next, location.origin).searchParams.get('after'),
  };
}

export const listSessions = (query: Query): Promise<Page<ListedSession>> => list('deposit-sessions', query);

export const listEndpoints = (): Promise<Page<Endpoint>> => list('webhook-endpoints', {});

export const listDeliveries = (query: Query): Promise<Page<ListedDelivery>> => list('webhook-deliveries', query);

export const listUnmatched = (query: Query): Promise<Page<UnmatchedPayment>> => list('unmatched-payments', query);

/** The session and the text that it was read from. */
export async function readSession(id: string, signal: AbortSignal): Promise<{ session: SessionDetails; text: string }> {
  const text = await (await ask(ofSession(id), { signal })).text();
  return { session: JSON.parse(text) as SessionDetails, text };
}

export const followSession = (id: string, listener: Listener, signal: AbortSignal): Promise<'refused' | void> =>
  follow(API, id, { Authorization: `Bearer ${account.token}` }, listener, signal);

export const readDelivery = async (id: string, signal: AbortSignal): Promise<Delivery> =>
  (await ask(ofBusiness(`webhook-deliveries/${encodeURIComponent(id)}`), { signal })).json();

export const retryDelivery = (id: string): Promise<unknown> =>
  ask(ofBusiness(`webhook-deliveries/${encodeURIComponent(id)}/retry-delivery`), { body: {} });

export const sendTestEvent = async (endpointId: string, type: string): Promise<ListedDelivery> =>
  (await ask(ofBusiness(`webhook-endpoints/${encodeURIComponent(endpointId)}/send-test-event`), { body: { type } })).json();

export const enableEndpoint = (id: string): Promise<unknown> =>
  ask(ofBusiness(`webhook-endpoints/${encodeURIComponent(id)}/enable-endpoint`), { body: {} });

export const assignPayment = (id: string, sessionId: string): Promise<unknown> =>
  ask(ofBusiness(`unmatched-payments/${encodeURIComponent(id)}/assign-payment`), { body: { sessionId } });
