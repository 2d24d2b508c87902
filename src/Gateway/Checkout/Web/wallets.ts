// Wallets of the browser by EIP-6963 (discovery) and EIP-1193 (requests). A wallet is asked for four methods and no
// others: eth_requestAccounts, eth_chainId, wallet_switchEthereumChain and eth_sendTransaction.
import type { Transaction, WalletInfo } from './protocol.ts';

interface Provider {
  request(call: { method: string; params?: unknown[] }): Promise<unknown>;
}

interface Announcement extends Event {
  detail?: { info?: { uuid?: unknown; name?: unknown; icon?: unknown }; provider?: Provider };
}

const NAME_LENGTH_MAX = 64;

/** The wallets that this page's browser has, in the order in which they have announced themselves. */
export class Wallets {
  private readonly found = new Map<string, { info: WalletInfo; provider: Provider }>();

  /** @param changed Called when a wallet was found. */
  constructor(changed: () => void) {
    addEventListener('eip6963:announceProvider', (event: Announcement) => {
      const { info, provider } = event.detail ?? {};
      if (typeof info?.uuid !== 'string' || typeof info.name !== 'string' || typeof provider?.request !== 'function')
        return;
      const icon = String(info.icon);
      this.found.set(info.uuid, {
        info: {
          id: info.uuid,
          name: info.name.slice(0, NAME_LENGTH_MAX),
          icon: icon.startsWith('data:image/') ? icon : '',
        },
        provider,
      });
      changed();
    });
    dispatchEvent(new Event('eip6963:requestProvider'));
  }

  get list(): WalletInfo[] {
    return [...this.found.values()].map(({ info }) => info);
  }

  /**
   * Asks the wallet for an account, switches its chain, and sends the transfer.
   * @returns The transaction's hash.
   * @throws What the wallet answers: code 4001 when its user refuses, 4902 when it lacks the chain (EIP-1193, EIP-3326).
   * A wallet that has reported a switch and is still on another chain gets 4902 too: the transfer would be lost there.
   */
  async send(id: string, { chainId, to, value, data }: Transaction): Promise<string> {
    const { provider } = this.found.get(id)!;
    const ask = (method: string, ...params: unknown[]): Promise<any> => provider.request({ method, params });
    const [from] = await ask('eth_requestAccounts');
    for (let hasAsked = false; Number(await ask('eth_chainId')) !== chainId; hasAsked = true) {
      if (hasAsked) throw { code: 4902 };
      await ask('wallet_switchEthereumChain', { chainId: `0x${chainId.toString(16)}` });
    }
    return ask('eth_sendTransaction', { from, to, value, data });
  }
}
