// Elements of the page. Text becomes text nodes and never markup.

type Attributes = Record<string, string | boolean | null | ((event: Event) => void)>;

/**
 * @param attributes False and null leave one out; a function listens to the event of that name.
 * @param children Null and false are left out.
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name, attributes: Attributes = {}, ...children: (Node | string | null | false)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key, value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null && child !== false));
  return made;
}

/** Replaces children; the focus goes to the element of the same id, or else to the title, which has a tabindex of -1. */
export function replace(parent: HTMLElement, ...children: (Node | string | null | false)[]): void {
  const focused = document.activeElement instanceof HTMLElement && parent.contains(document.activeElement)
    ? document.activeElement.id : null;
  parent.replaceChildren(...children.filter((child) => child !== null && child !== false));
  if (focused !== null)
    (document.getElementById(focused) ?? document.querySelector<HTMLElement>('[tabindex="-1"]'))?.focus();
}

const SVG = 'http://www.w3.org/2000/svg';

/** A decorative line drawing of 24 × 24. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  close: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18',
  alert: 'M12 8v5M12 16.5v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18',
} as const;
