// @ts-check
/** Asks for a meeting: when, how long, and where. */

import { el } from '../../ui/dom.js';
import { openDialog } from '../parts/feedback.js';
import { filled } from '../parts/format.js';
import { serverNow } from '../parts/server-clock.js';
import { localText } from '../snooze.js';
import { locale, texts } from '../texts.js';

const MEETING_UNIT_MS = 60_000;
const DAY_MS = 86_400_000;
/** In minutes. */
const LENGTHS = [15, 30, 45, 60, 90, 120];
const USUAL_LENGTH = 30;
/** The server reminds of meetings up to a year ahead. */
const MOST_DAYS = 365;

/** @typedef {import('../../ui/calendar.js').Meeting} Meeting */

/**
 * @param {Meeting | null | undefined} before The meeting to change, if there is one.
 * @param {(meeting: Partial<Meeting>, words: string) => void} run Gets the meeting, and when it is in
 *   words.
 */
export function askMeeting(before, run) {
  const now = serverNow();
  const tomorrow = new Date(now + DAY_MS);
  tomorrow.setHours(10, 0, 0, 0);
  const start = before ? new Date(before.starts_at) : tomorrow;
  const minutes = before
    ? Math.round((Date.parse(before.ends_at) - start.getTime()) / MEETING_UNIT_MS)
    : USUAL_LENGTH;
  const lengths = LENGTHS.includes(minutes) ? LENGTHS : [...LENGTHS, minutes];
  const from = el('input', { type: 'datetime-local', id: 'meeting-from', required: true });
  from.value = localText(start);
  from.min = localText(new Date(now + MEETING_UNIT_MS));
  from.max = localText(new Date(now + MOST_DAYS * DAY_MS));
  const unit = new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: 'minute',
    unitDisplay: 'long',
  });
  const length = el(
    'select',
    { id: 'meeting-length' },
    ...lengths.map((value) => el('option', { value }, unit.format(value))),
  );
  length.value = String(minutes);
  const title = el('input', { id: 'meeting-title', maxlength: 200, dir: 'auto' });
  title.value = before?.title ?? '';
  const url = el('input', {
    type: 'url',
    id: 'meeting-url',
    pattern: 'https://.*',
    placeholder: 'https://…',
    maxlength: 2_000,
  });
  url.value = before?.url ?? '';
  const field = (/** @type {string} */ text, /** @type {HTMLElement} */ input) => [
    el('label', { for: input.id }, text),
    input,
  ];
  const form = el(
    'form',
    { class: 'stack' },
    ...field(texts.meetingStart, from),
    ...field(texts.meetingLength, length),
    ...field(texts.meetingTitle, title),
    ...field(texts.meetingLink, url),
    el('footer', {}, el('button', { class: 'primary' }, before ? texts.save : texts.send)),
  );
  const box = openDialog(texts.proposeMeeting, form);
  from.focus();
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    box.close();
    const begins = new Date(from.value);
    const ends = new Date(begins.getTime() + Number(length.value) * MEETING_UNIT_MS);
    const meeting = {
      starts_at: begins.toISOString(),
      ends_at: ends.toISOString(),
      title: title.value.trim() || null,
      url: url.value || null,
    };
    run(meeting, wordsOf(begins, ends, meeting));
  });
}

/** For clients that know no meetings. @param {Date} from @param {Date} to @param {Partial<Meeting>} meeting */
function wordsOf(from, to, { title, url }) {
  const time = new Intl.DateTimeFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    timeZoneName: 'short',
  });
  const words = filled(texts.meetingWords, { time: time.formatRange(from, to) });
  return [title ? `${title}: ${words}` : words, url].filter(Boolean).join('\n');
}
