// A QR code as an SVG picture: dark on white in every theme, since cameras read no other.
import { encode } from 'uqr';

const SVG = 'http://www.w3.org/2000/svg';

/** Modules of white around the code (ISO/IEC 18004 §6.3.8). */
const QUIET_ZONE = 4;

/**
 * @param text What a camera reads.
 * @param label The picture's text for a screen reader.
 */
export function qrCode(text: string, label: string): SVGSVGElement {
  const { data, size } = encode(text, { ecc: 'M', border: QUIET_ZONE });
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', label);
  svg.setAttribute('shape-rendering', 'crispEdges');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join(''));
  svg.append(path);
  return svg;
}
