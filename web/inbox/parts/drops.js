// @ts-check
/**
 * What is dropped on the page stays out of it: a browser would leave the page for a file or a link.
 * Text may be dropped into a field.
 */

const FIELD = 'textarea, input:not([type=checkbox])';

/**
 * @param {(target: EventTarget | null) => boolean} isPlace Whether files may be given here.
 * @param {(files: File[]) => void} take Takes files that were dropped or pasted there.
 * @param {() => void} refused Runs when they were given elsewhere.
 */
export function keepDrops(isPlace, take, refused) {
  for (const type of ['dragenter', 'dragover', 'drop'])
    addEventListener(
      type,
      (event) => {
        const { dataTransfer, target } = /** @type {DragEvent} */ (event);
        const hasText = dataTransfer?.types.includes('text/plain');
        const isField = target instanceof Element && target.matches(FIELD);
        if (hasText && isField && !hasFiles(dataTransfer)) return;
        event.preventDefault();
        const isTaken = hasFiles(dataTransfer) && isPlace(target);
        if (dataTransfer && type !== 'drop') dataTransfer.dropEffect = isTaken ? 'copy' : 'none';
        if (type !== 'drop' || !hasFiles(dataTransfer)) return;
        if (isTaken) take([...(dataTransfer?.files ?? [])]);
        else refused();
      },
      true,
    );
  addEventListener('paste', ({ clipboardData, target }) => {
    if (!hasFiles(clipboardData) || clipboardData?.types.includes('text/plain')) return;
    if (isPlace(target)) take([...(clipboardData?.files ?? [])]);
    else refused();
  });
}

/** @param {DataTransfer | null | undefined} data */
const hasFiles = (data) => data?.types.includes('Files') ?? false;
