// @ts-check
/** A meeting as a file for calendar programs (RFC 5545). */

/** Longest line, in bytes without its end. */
const MAX_LINE = 75;

/**
 * @typedef {{ starts_at: string, ends_at: string, title: string | null, url: string | null }} Meeting
 */

/**
 * @param {{ id: string, created_at: string, updated_at: string }} message Names the meeting: a
 *   calendar replaces an earlier state of it.
 * @param {Meeting} meeting
 * @param {string} name What a meeting without a title is called.
 * @param {number} [now]
 */
export function calendarOf({ id, created_at, updated_at }, meeting, name, now = Date.now()) {
  const { starts_at, ends_at, title, url } = meeting;
  const changes = Math.floor((Date.parse(updated_at) - Date.parse(created_at)) / 1000);
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//live-chat//EN',
    'METHOD:PUBLISH',
    'BEGIN:VEVENT',
    `UID:${id}`,
    `SEQUENCE:${changes}`,
    `DTSTAMP:${utcOf(now)}`,
    `DTSTART:${utcOf(starts_at)}`,
    `DTEND:${utcOf(ends_at)}`,
    `SUMMARY:${escaped(title || name)}`,
    ...(url ? [`LOCATION:${escaped(url)}`, `URL:${url}`] : []),
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/**
 * Saves the file, and lets the system open it.
 * @param {Parameters<typeof calendarOf>} meeting
 */
export function addToCalendar(...meeting) {
  const href = URL.createObjectURL(new Blob([calendarOf(...meeting)], { type: 'text/calendar' }));
  const link = document.createElement('a');
  Object.assign(link, { href, download: 'meeting.ics' });
  link.click();
  // The browser reads it meanwhile.
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/** UTC, in whole seconds. @param {string | number} at */
const utcOf = (at) => new Date(at).toISOString().replace(/\.\d+|[-:]/g, '');

/** A text as a value: neither a line end nor another control character stays in it. @param {string} text */
const escaped = (text) =>
  text
    .replace(/[\\;,]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\p{Cc}/gu, '');

/** A line. A longer one goes on in lines that begin with a space. @param {string} line */
function folded(line) {
  let [text, length] = ['', 0];
  for (const letter of line) {
    const size = new TextEncoder().encode(letter).length;
    if (length + size > MAX_LINE) [text, length] = [`${text}\r\n `, 1];
    text += letter;
    length += size;
  }
  return text;
}
