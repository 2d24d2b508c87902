// The form that takes a token and a business. The token leaves its field for the memory of service.ts and nothing else.
import { element } from '../dom.ts';
import type { Reported } from './service.ts';
import { businessId, signIn } from './service.ts';
import { claimsOf, cleaned } from './token.ts';
import { attempt, bdi, button, problemBox, time, title } from './ui.ts';

/**
 * @param done Called once the service has accepted the token.
 * @param refused Why the last token is not accepted any longer; null where there was none.
 * @param cancel Returns to the view that was open; null where there is none.
 */
export function signInForm(done: () => void, refused: Reported | null, cancel: (() => void) | null): HTMLElement {
  const token = element('textarea', {
    id: 'token', rows: '4', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', 'aria-describedby': 'about token-error',
    input: () => describe(),
  });
  const business = element('input', {
    id: 'business', list: 'businesses', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false',
    'aria-describedby': 'business-error',
  });
  const businesses = element('datalist', { id: 'businesses' });
  const about = element('p', { id: 'about', class: 'soft', role: 'status' });
  const errors = { token: element('p', { id: 'token-error', class: 'bad' }), business: element('p', { id: 'business-error', class: 'bad' }) };
  const problem = element('div');
  const submit = element('button', { type: 'submit', class: 'main' }, 'Open');
  let offered = businessId();
  business.value = offered;

  const describe = (): void => {
    const claims = claimsOf(cleaned(token.value));
    about.replaceChildren(...(claims ? [
      ...(claims.businesses.length > 0 ? ['Of ', ...claims.businesses.flatMap((id, at) => [at > 0 ? ', ' : '', bdi(id)])] : ['Of no business']),
      ...(claims.expiresAt ? [claims.expiresAt > Date.now() ? ' · valid until ' : ' · expired: ', time(new Date(claims.expiresAt).toISOString())] : []),
      claims.mayAssign ? ' · may assign payments' : '',
    ] : []));
    businesses.replaceChildren(...(claims?.businesses ?? []).map((value) => element('option', { value })));
    // What was typed stays.
    if (business.value !== offered || claims?.businesses.includes(offered)) return;
    offered = claims?.businesses[0] ?? offered;
    business.value = offered;
  };

  const refuse = (input: HTMLElement, error: HTMLElement, message: string): boolean => {
    error.textContent = message;
    input.toggleAttribute('aria-invalid', message !== '');
    if (message) {
      input.setAttribute('aria-invalid', 'true');
      input.focus();
    }
    return message !== '';
  };

  const submitted = (event: Event): void => {
    event.preventDefault();
    const pasted = cleaned(token.value);
    const id = business.value.trim();
    const isWrong = [
      refuse(business, errors.business, id ? '' : 'Enter the id of a business, such as biz_demo.'),
      refuse(token, errors.token, claimsOf(pasted) ? '' : 'Paste a JWT: three parts with dots between them.'),
    ];
    if (isWrong.includes(true)) return;
    submit.disabled = true;
    void attempt(problem, async () => {
      await signIn(pasted, id);
      token.value = '';
      done();
    }, (problem) => problem.status === 401
      ? { ...problem, title: 'The token is not valid, or has expired', detail: 'Paste a new one.' }
      : problem)
      .finally(() => (submit.disabled = false));
  };

  return element('form', { class: 'card sign-in', novalidate: true, submit: submitted },
    title(refused ? 'Paste a new token' : 'Bleepay console'),
    refused
      ? problemBox({ ...refused, title: 'The token is no longer valid', detail: 'It has expired, or its key was withdrawn.' })
      : element('p', { class: 'soft' }, 'Sessions, webhooks and unmatched payments of one business, for its developers.'),
    element('div', { class: 'field' },
      element('label', { for: 'token' }, 'Token'),
      token,
      errors.token,
      about),
    element('div', { class: 'field' },
      element('label', { for: 'business' }, 'Business id'),
      business,
      businesses,
      errors.business),
    problem,
    element('div', { class: 'actions' }, submit, cancel && button('Cancel', cancel)),
    element('p', { class: 'soft' },
      'A token of the API, as your server sends it. It stays in the memory of this page, and is gone when you reload or close it.'));
}
