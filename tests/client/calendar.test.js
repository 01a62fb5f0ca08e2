// @ts-check
/** The file of a meeting: a parser of RFC 5545 reads it, and it shows nothing else. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { calendarOf } from '../../web/ui/calendar.js';

const MESSAGE = {
  id: 'chatmsg_4b3xdxqgkhriut3yamjkmnf75w_7',
  created_at: '2027-01-01T10:00:00.000Z',
  updated_at: '2027-01-01T10:02:00.500Z',
};
const MEETING = {
  starts_at: '2027-03-01T09:00:00.000Z',
  ends_at: '2027-03-01T09:30:00.000Z',
  title: 'Fitting',
  url: 'https://meet.example/a;b,c?d=e',
};
const NOW = Date.UTC(2027, 0, 2);

/**
 * Parses as RFC 5545 says: unfolds lines, and undoes the escapes of texts.
 * @param {string} file
 * @returns {{ name: string, value: string }[]}
 */
function parse(file) {
  assert.ok(file.endsWith('\r\n') && !/[^\r]\n|\r[^\n]/.test(file), 'lines end in CRLF');
  for (const line of file.split('\r\n'))
    assert.ok(new TextEncoder().encode(line).length <= 75, `${line} is too long`);
  const lines = file.replaceAll('\r\n ', '').split('\r\n').slice(0, -1);
  return lines.map((line) => {
    const [, name, value] = /^([A-Z-]+):(.*)$/.exec(line) ?? assert.fail(line);
    const isText = ['UID', 'SUMMARY', 'LOCATION'].includes(name);
    if (isText) assert.doesNotMatch(value.replace(/\\[\\;,nN]/g, ''), /[\\;,\p{Cc}]/u);
    const plain = value.replace(/\\([\\;,nN])/g, (_, c) => (/n/i.test(c) ? '\n' : c));
    return { name, value: isText ? plain : value };
  });
}

/** @param {Partial<typeof MEETING>} [meeting] @param {string} [name] */
const parsed = (meeting, name = 'Meeting') =>
  parse(calendarOf(MESSAGE, { ...MEETING, ...meeting }, name, NOW));

test('a parser reads the meeting', () => {
  assert.deepEqual(
    parsed().map(({ name, value }) => `${name}:${value}`),
    [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//live-chat//EN',
      'METHOD:PUBLISH',
      'BEGIN:VEVENT',
      `UID:${MESSAGE.id}`,
      'SEQUENCE:120',
      'DTSTAMP:20270102T000000Z',
      'DTSTART:20270301T090000Z',
      'DTEND:20270301T093000Z',
      'SUMMARY:Fitting',
      'LOCATION:https://meet.example/a;b,c?d=e',
      'URL:https://meet.example/a;b,c?d=e',
      'END:VEVENT',
      'END:VCALENDAR',
    ],
  );
});

test('a meeting without a title and a place has the name of its kind', () => {
  const lines = parsed({ title: undefined, url: undefined }, 'Termin');
  assert.equal(lines.find(({ name }) => name === 'SUMMARY')?.value, 'Termin');
  assert.ok(!lines.some(({ name }) => ['URL', 'LOCATION'].includes(name)));
});

test('a title stays text', () => {
  for (const [title, shown = title] of [
    ['a, b; c \\ d\\n'],
    ['x\r\nEND:VEVENT\r\nBEGIN:VEVENT', 'x\nEND:VEVENT\nBEGIN:VEVENT'],
    ['bell\u0007 and\ttab', 'bell andtab'],
    ['é👩‍🔬'.repeat(60)],
    ['\\'.repeat(200)],
  ]) {
    const lines = parsed({ title });
    assert.equal(lines.find(({ name }) => name === 'SUMMARY')?.value, shown);
    assert.equal(lines.filter(({ name }) => name === 'BEGIN').length, 2);
  }
});
