// The script itself comes from the service, so that it always fits the checkout page.

const loading = new Map();

export async function loadBleepay(origin, { integrity } = {}) {
  if (typeof document === 'undefined') return null;
  const url = `${origin.replace(/\/$/, '')}/v1/${fileOf(integrity)}`;
  if (!loading.has(url)) loading.set(url, load(url, integrity));
  try {
    return await loading.get(url);
  } catch (failure) {
    // The next call tries again.
    loading.delete(url);
    throw failure;
  }
}

/** The service names each release's script by the first 128 bits of its SHA-256, and never changes that file. */
function fileOf(integrity) {
  const [, hash] = /^sha256-(\S+)$/.exec(integrity ?? '') ?? [];
  if (!hash) return 'widget.js';
  const name = btoa(atob(hash).slice(0, 16)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return `widget-${name}.js`;
}

function load(url, integrity) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.type = 'module';
    script.crossOrigin = 'anonymous';
    if (integrity) script.integrity = integrity;
    script.onload = () => resolve(customElements.whenDefined('bleepay-checkout'));
    script.onerror = () => {
      script.remove();
      reject(new Error(`${url} does not load.`));
    };
    script.src = url;
    document.head.append(script);
  });
}
