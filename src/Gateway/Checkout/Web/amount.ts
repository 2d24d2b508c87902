// Exact arithmetic on decimal strings. A floating-point number never holds an amount.

interface Decimal {
  units: bigint;
  scale: number;
}

const FORM = /^(0|[1-9]\d*)(\.\d+)?$/;

/** The most characters that an amount may have (the API's limit). */
export const LENGTH_MAX = 32;

/** True for what the API takes as an amount, zero included. */
export const isAmount = (text: string): boolean => text.length <= LENGTH_MAX && FORM.test(text);

/** Digits behind the point, as written. */
export const digitsOf = (text: string): number => text.split('.')[1]?.length ?? 0;

function parse(text: string): Decimal {
  const [whole, fraction = ''] = text.split('.');
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

function align(left: string, right: string): [bigint, bigint, number] {
  const [a, b] = [parse(left), parse(right)];
  const scale = Math.max(a.scale, b.scale);
  return [a.units * 10n ** BigInt(scale - a.scale), b.units * 10n ** BigInt(scale - b.scale), scale];
}

function print(units: bigint, scale: number): string {
  const digits = units.toString().padStart(scale + 1, '0');
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return digits.slice(0, digits.length - scale) + (scale && fraction ? `.${fraction}` : '');
}

/** Negative, zero or positive, as the left is less than, equal to or greater than the right. */
export function compare(left: string, right: string): number {
  const [a, b] = align(left, right);
  return a < b ? -1 : a > b ? 1 : 0;
}

export function add(left: string, right: string): string {
  const [a, b, scale] = align(left, right);
  return print(a + b, scale);
}

/** The difference, or "0" where it would be negative. */
export function minus(left: string, right: string): string {
  const [a, b, scale] = align(left, right);
  return print(a > b ? a - b : 0n, scale);
}

/** What a customer has typed: a comma counts as the point, spaces don't count. */
export const typed = (text: string): string => text.replace(/\s/g, '').replace(',', '.');

/** As the language writes numbers, with Latin digits everywhere, since people type amounts into wallets. */
export function localized(text: string, language: string): string {
  const [whole = '0', fraction] = text.split('.');
  const format = new Intl.NumberFormat(language, { numberingSystem: 'latn' });
  const point = format.formatToParts(1.5).find((part) => part.type === 'decimal')?.value ?? '.';
  return format.format(BigInt(whole)) + (fraction ? point + fraction : '');
}
