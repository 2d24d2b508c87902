// The hashes and checksummed addresses of texts, by ethers. Reads an array of hexadecimal bytes; prints, for each, its
// Keccak-256, and the EIP-55 spelling of the last 20 bytes of that.
import { getAddress, keccak256 } from 'ethers';
import { text } from 'node:stream/consumers';

const answers = JSON.parse(await text(process.stdin)).map((bytes) => {
  const hash = keccak256(bytes);
  return [hash, getAddress('0x' + hash.slice(-40))];
});
console.log(JSON.stringify(answers));
