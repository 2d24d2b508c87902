// The transfer that a payment URI asks for (ERC-681), as a wallet's transaction.
import type { Transaction } from './protocol.ts';

const NATIVE = /^ethereum:(0x[\dA-Fa-f]{40})@(\d+)\?value=(\d+)$/;
const TOKEN = /^ethereum:(0x[\dA-Fa-f]{40})@(\d+)\/transfer\?address=0x([\dA-Fa-f]{40})&uint256=(\d+)$/;

/** transfer(address,uint256) of ERC-20. */
const TRANSFER = 'a9059cbb';

const word = (hex: string): string => hex.toLowerCase().padStart(64, '0');

/** Null where the URI is not one of the two forms that the API writes. */
export function transactionOf(uri: string): Transaction | null {
  const native = NATIVE.exec(uri);
  if (native) {
    const [, to = '', chainId, units = '0'] = native;
    return { chainId: Number(chainId), to, value: `0x${BigInt(units).toString(16)}`, data: '0x' };
  }

  const token = TOKEN.exec(uri);
  if (!token) return null;
  const [, to = '', chainId, recipient = '', units = '0'] = token;
  return {
    chainId: Number(chainId),
    to,
    value: '0x0',
    data: `0x${TRANSFER}${word(recipient)}${word(BigInt(units).toString(16))}`,
  };
}
