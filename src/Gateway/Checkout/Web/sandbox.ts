// The panel of the demo, which plays the chain. It is for developers and in English.
import { element } from './dom.ts';

const OUTCOMES = {
  seen: 'Payment seen',
  confirmations: 'One more confirmation',
  final: 'Payment final',
  partial: '60 %, final',
  excess: '150 %, final',
  removed: 'Payment vanishes',
} as const;

export const sandboxPanel = (play: (outcome: string) => void): HTMLElement => element('section', { id: 'sandbox', lang: 'en', dir: 'ltr' },
  element('h2', {}, 'What would the chain show?'),
  element('p', {}, 'This is a demo. Send no money: the address is public.'),
  element('div', {}, ...Object.entries(OUTCOMES).map(([outcome, label]) =>
    element('button', { type: 'button', class: 'second', click: () => play(outcome) }, label))));
