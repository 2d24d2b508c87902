import type { BleepayCheckoutElement } from './widget.d.ts';

export type * from './widget.d.ts';

/**
 * Adds the script of a Bleepay service to the page, once.
 * @param origin Where the service is, such as https://pay.example.com.
 * @param options integrity: sha256-… of the script, to load this release of it and no other.
 * @returns The element's class once it is defined; null on a server, where there is no page.
 * @throws Where the script does not load.
 */
export function loadBleepay(
  origin: string,
  options?: { integrity?: string },
): Promise<(new () => BleepayCheckoutElement) | null>;
