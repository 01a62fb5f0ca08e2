// @ts-check
/**
 * What is dropped on the page stays out of it: a browser would leave the page for a file or a link.
 * Text may be dropped into a field.
 */

const FIELD = 'textarea, input:not([type=checkbox])';

/** @param {() => void} refused Runs when files were dropped or pasted. */
export function refuseDrops(refused) {
  for (const type of ['dragenter', 'dragover', 'drop'])
    addEventListener(
      type,
      (event) => {
        const { dataTransfer, target } = /** @type {DragEvent} */ (event);
        const hasText = dataTransfer?.types.includes('text/plain');
        const isField = target instanceof Element && target.matches(FIELD);
        if (hasText && isField && !hasFiles(dataTransfer)) return;
        event.preventDefault();
        if (dataTransfer && type !== 'drop') dataTransfer.dropEffect = 'none';
        if (type === 'drop' && hasFiles(dataTransfer)) refused();
      },
      true,
    );
  addEventListener('paste', ({ clipboardData }) => {
    if (!hasFiles(clipboardData) || clipboardData?.types.includes('text/plain')) return;
    refused();
  });
}

/** @param {DataTransfer | null | undefined} data */
const hasFiles = (data) => data?.types.includes('Files') ?? false;
