// The form on which a customer chooses how much to pay, and how.
import type { Draft, PaymentOption, Problem, WidgetConfig } from './api.ts';
import { compare, digitsOf, isAmount, localized, typed } from './amount.ts';
import { Refused } from './api.ts';
import { element, replace } from './dom.ts';
import { language, text } from './words.ts';

type Body = Pick<Draft, 'amount' | 'currency' | 'network' | 'currencyAddress' | 'depositAddress'>;

/** What is wrong with the amount, or null. */
export function amountError(amount: string, config: Pick<WidgetConfig, 'minAmount' | 'maxAmount'>, decimals: number | null): string | null {
  if (!isAmount(amount) || compare(amount, '0') === 0) return text(['notAmount', { example: localized('12.50', language) }]);
  if (decimals !== null && digitsOf(amount) > decimals) return text(['digits', { count: String(decimals) }]);
  const isLess = config.minAmount !== null && compare(amount, config.minAmount) < 0;
  const isMore = config.maxAmount !== null && compare(amount, config.maxAmount) > 0;
  return isLess || isMore ? boundsOf(config) : null;
}

function boundsOf({ minAmount, maxAmount }: Pick<WidgetConfig, 'minAmount' | 'maxAmount'>): string | null {
  const min = minAmount === null ? '' : localized(minAmount, language);
  const max = maxAmount === null ? '' : localized(maxAmount, language);
  if (min && max) return text(['between', { min, max }]);
  return min ? text(['atLeast', { min }]) : max ? text(['atMost', { max }]) : null;
}

/**
 * @param fixed What the shop has decided already.
 * @param send Opens the session; it throws Refused.
 */
export function showForm(
  config: WidgetConfig,
  { amount, option }: { amount: string | null; option: PaymentOption | null },
  send: (body: Body) => Promise<void>,
): void {
  const parent = document.getElementById('content')!;
  document.getElementById('state')!.hidden = true;
  const options = option ? [option] : config.options;
  const currencies = [...new Set(options.map(({ currency }) => currency))];
  if (options.length === 0) {
    replace(parent, element('p', { class: 'hint' }, text(['unavailable', { name: config.name }])));
    return;
  }

  const bounds = boundsOf(config);
  const amountInput = element('input', {
    id: 'howMuch', name: 'amount', type: 'text', inputmode: 'decimal', autocomplete: 'off', required: true,
    'aria-describedby': 'bounds error', ...(amount !== null && { value: amount, readonly: true }),
  });
  const currencyInput = selectOf('currency', currencies);
  const networkInput = selectOf('network', []);
  const error = element('p', { id: 'error', class: 'bad', role: 'alert' });
  const submit = element('button', { class: 'main', type: 'submit' }, text(['continue']));
  const fields: Record<string, HTMLElement> = { amount: amountInput, currency: currencyInput, network: networkInput };

  const offered = (): PaymentOption[] => options.filter(({ currency }) => currency === currencyInput.value);
  const chosen = (): PaymentOption => offered()[networkInput.selectedIndex] ?? offered()[0]!;
  const listNetworks = (): void => networkInput.replaceChildren(
    ...offered().map(({ network, networkName }) => element('option', { value: network }, networkName)));
  currencyInput.addEventListener('change', listNetworks);
  listNetworks();

  const refuse = (field: string | null, message: string): void => {
    error.textContent = message;
    for (const [name, input] of Object.entries(fields)) input.toggleAttribute('aria-invalid', name === field);
    if (field !== null) fields[field]?.setAttribute('aria-invalid', 'true');
    (fields[field ?? ''] ?? submit).focus();
  };

  const submitted = async (event: Event): Promise<void> => {
    event.preventDefault();
    const written = amount ?? typed(amountInput.value);
    const wrong = amount === null ? amountError(written, config, chosen().decimals) : null;
    if (wrong !== null) return refuse('amount', wrong);
    const { currency, network, currencyAddress, depositAddress } = chosen();
    refuse(null, '');
    submit.disabled = true;
    try {
      await send({ amount: written, currency, network, currencyAddress, depositAddress });
    } catch (failure) {
      submit.disabled = false;
      refuse(...messageOf(failure instanceof Refused ? failure.problem : null));
    }
  };

  replace(parent, element('form', { novalidate: true, submit: submitted },
    element('label', { for: 'howMuch' }, text(['howMuch'])),
    amountInput,
    element('p', { id: 'bounds', class: 'hint' }, bounds ?? ''),
    ...labelled('currency', currencyInput, currencies.length > 1),
    ...labelled('network', networkInput, options.length > 1),
    error,
    submit));
}

/** The problem in the page's words where it has some, else in the service's. */
function messageOf(problem: Problem | null): [string | null, string] {
  if (problem === null) return [null, text(['failed'])];
  if (problem.status === 429) return [null, text(['busy', { seconds: String(problem.retryAfter ?? 1) }])];
  const [field, messages] = Object.entries(problem.errors ?? {})[0] ?? [null, []];
  return [field, messages[0] ? `${field}: ${messages[0]}` : problem.detail || text(['failed'])];
}

const selectOf = (name: string, values: string[]): HTMLSelectElement =>
  element('select', { id: name, name }, ...values.map((value) => element('option', { value }, value)));

/** A choice of one is shown, and can't be changed. */
function labelled(key: string, select: HTMLSelectElement, isChoice: boolean): Node[] {
  if (!isChoice) select.setAttribute('aria-disabled', 'true');
  return [element('label', { for: select.id }, text([key])), select];
}
