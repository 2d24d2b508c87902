// The merchant's colour, made readable (WCAG 2.2, success criteria 1.4.3 and 1.4.11).

type Rgb = readonly [number, number, number];

/** The least contrast of a control to the card it is on. */
const CONTRAST_MIN = 3;

const channels = (hex: string): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** From 1 to 21. */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(channels(one)), luminance(channels(other))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/**
 * The accent of a page and what is written on it.
 * @param color #RRGGBB or #RRGGBBAA, of which the transparency is left out; null without one.
 * @param card The colour behind the controls.
 * @returns Null where the colour can't be distinguished from the card.
 */
export function accentOf(color: string | null, card: string): { accent: string; onAccent: string } | null {
  if (!color || !/^#[\dA-Fa-f]{6}([\dA-Fa-f]{2})?$/.test(color)) return null;
  const accent = color.slice(0, 7);
  if (contrast(accent, card) < CONTRAST_MIN) return null;
  return { accent, onAccent: contrast(accent, '#ffffff') >= contrast(accent, '#000000') ? '#ffffff' : '#000000' };
}

/** Gives the page the merchant's colour where it is readable, now and when the theme changes. */
export function dress(color: string | null): void {
  const style = document.documentElement.style;
  const apply = (): void => {
    const card = getComputedStyle(document.documentElement).getPropertyValue('--card').trim();
    const accent = accentOf(color, card);
    style.setProperty('--accent', accent?.accent ?? '');
    style.setProperty('--on-accent', accent?.onAccent ?? '');
  };
  matchMedia('(prefers-color-scheme: dark)').onchange = apply;
  apply();
}
