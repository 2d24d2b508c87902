// Fields of a form, and what the API finds wrong with them.
import { element } from '../dom.ts';
import type { Query, Reported } from './service.ts';
import { newId } from './ui.ts';

export interface Field {
  /** As the API names it. */
  name: string;
  label: string;
  /** A list makes it a choice. */
  options?: readonly (readonly [value: string, label: string])[];
  type?: 'text' | 'datetime-local';
  value?: string;
}

interface Control {
  input: HTMLInputElement | HTMLSelectElement;
  error: HTMLElement;
}

export class Fields {
  private readonly controls = new Map<string, Control>();
  readonly nodes: HTMLElement[];

  constructor(fields: readonly Field[]) {
    this.nodes = fields.map((field) => this.make(field));
  }

  /** What is filled in. Times are Unix milliseconds, as queries have them. */
  get values(): Query {
    const values = [...this.controls].map(([name, { input }]) => [name, input.type === 'datetime-local' && input.value
      ? String(Date.parse(input.value)) : input.value.trim()] as const);
    return Object.fromEntries(values.filter(([, value]) => value !== ''));
  }

  set(name: string, value: string): void {
    this.controls.get(name)!.input.value = value;
  }

  clear(): void {
    this.refuse({});
    for (const { input } of this.controls.values()) input.value = '';
  }

  /**
   * Shows each message at its field, and focuses the first of them.
   * @returns The problem without these messages.
   */
  refuse<Refusal extends Pick<Reported, 'errors'>>(problem: Refusal): Refusal {
    const left = { ...problem.errors };
    let first: HTMLElement | null = null;
    for (const [name, { input, error }] of this.controls) {
      const messages = left[name] ?? [];
      delete left[name];
      error.textContent = messages.join('; ');
      error.hidden = messages.length === 0;
      if (messages.length === 0) input.removeAttribute('aria-invalid');
      else {
        input.setAttribute('aria-invalid', 'true');
        first ??= input;
      }
    }
    first?.focus();
    return { ...problem, errors: left };
  }

  private make({ name, label, options, type = 'text', value = '' }: Field): HTMLElement {
    const [id, errorId] = [newId(), newId()];
    const common = { id, name, 'aria-describedby': errorId };
    const input = options
      ? element('select', common, ...options.map(([value, label]) => element('option', { value }, label)))
      : element('input', {
        ...common, type, autocomplete: 'off', spellcheck: 'false',
      });
    input.value = value;
    const error = element('p', { id: errorId, class: 'bad', hidden: true });
    this.controls.set(name, { input, error });
    return element('div', { class: 'field' }, element('label', { for: id }, label), input, error);
  }
}
