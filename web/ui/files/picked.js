// @ts-check
/** Which files a person picks, before anything is loaded that can send them. */

/** What the browser's chooser offers; on phones also the camera. */
export const ACCEPT = 'image/*,application/pdf,text/plain,.txt,video/mp4';

/**
 * The files in what was dropped or pasted. Office programs copy text with a picture of it: that is
 * text.
 * @param {DataTransfer | null} data @returns {File[]}
 */
export const filesIn = (data) =>
  data?.types.includes('text/plain') ? [] : [...(data?.files ?? [])];

/** Before the conversation's hash: where `sessionStorage` keeps the files of the next message. */
export const TRAY_KEY = 'live-chat:files:';
