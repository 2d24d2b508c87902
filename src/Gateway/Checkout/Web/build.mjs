// Writes ../Assets, or the folder that is given: the checkout page, the demo shop and the console as one HTML file each, the
// script of the widget, and the words of each language. The same sources give the same bytes.
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const sources = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(sources, '..', 'Assets');

const read = (name) => readFile(join(sources, name), 'utf8');
const write = (name, text) => writeFile(join(target, name), text.trimEnd() + '\n');

/** @param define Constants of the script, by name. */
async function bundle(name, define = {}) {
  const { outputFiles } = await build({
    absWorkingDir: sources,
    entryPoints: [name],
    bundle: true,
    define: Object.fromEntries(Object.entries(define).map(([name, value]) => [name, JSON.stringify(value)])),
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome109', 'firefox115', 'safari16'],
    charset: 'utf8',
    legalComments: 'none',
    write: false,
  });
  return outputFiles[0].text.trim();
}

/**
 * One file with its styles and its script inside, and the white space between its tags left out.
 * @param folder Of its sources, with a slash at its end.
 */
async function page(name, folder = '') {
  const html = (await read(`${folder}${name}.html`)).replace(/<!--.*?-->/gs, '').replace(/\s*\n\s*/g, '');
  const parts = { '/*style*/': await bundle(`${folder}${name}.css`), '/*script*/': await bundle(`${folder}${name}.ts`) };
  if (/<\/(script|style)/i.test(Object.values(parts).join(''))) throw new Error(`${name}: a part ends its own element`);
  await write(`${name}.html`, html.replace(/\/\*(style|script)\*\//g, (mark) => parts[mark]));
}

await rm(target, { recursive: true, force: true });
await mkdir(join(target, 'text'), { recursive: true });
await page('pay');
await page('shop');
await page('console', 'console/');
await write('widget.js', await bundle('widget.ts', { STYLE: await bundle('widget.css') }));
await write('THIRD-PARTY.txt', await read('THIRD-PARTY.txt'));
for (const file of (await readdir(join(sources, 'text'))).sort())
  await write(join('text', file), JSON.stringify(JSON.parse(await read(join('text', file)))));
