// Prints what a camera reads of the QR code in a picture: node qr.mjs FILE.png
import { readFile } from 'node:fs/promises';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const wasm = new URL('node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', import.meta.url);
prepareZXingModule({ overrides: { wasmBinary: (await readFile(wasm)).buffer } });
const codes = await readBarcodes(new Blob([await readFile(process.argv[2])]), { formats: ['QRCode'] });
process.stdout.write(codes.map(({ text }) => text).join('\n'));
