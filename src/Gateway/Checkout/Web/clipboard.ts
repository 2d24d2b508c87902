// Copying, also where the browser lets a page use no clipboard.

/**
 * @param value What is copied.
 * @param shown The element that shows it, which is selected as the last resort.
 * @returns 'copied', or 'selected' when the customer has to copy by hand.
 */
export async function copy(value: string, shown: HTMLElement): Promise<'copied' | 'selected'> {
  try {
    await navigator.clipboard.writeText(value);
    return 'copied';
  } catch {
    return copyBySelection(value) ? 'copied' : (select(shown), 'selected');
  }
}

/** In a frame without permission and on plain http. */
function copyBySelection(value: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.value = value;
  field.readOnly = true;
  field.className = 'offscreen';
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}

function select(shown: HTMLElement): void {
  const range = document.createRange();
  range.selectNodeContents(shown);
  getSelection()?.removeAllRanges();
  getSelection()?.addRange(range);
}
