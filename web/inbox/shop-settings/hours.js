// @ts-check
/**
 * Opening hours in the shop's time zone, as the server reads them: each edge of a span becomes an
 * instant by itself. Where clocks skip a time, it counts as much later; where they repeat one, the
 * first counts.
 */

/** @typedef {import('./shop-settings.js').Hours} Hours */
/** @typedef {import('./shop-settings.js').Span} Span */

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const WALL_MINUTE_MS = 60_000;
const WALL_DAY_MS = 1_440 * WALL_MINUTE_MS;
/** Beyond the exceptions, two weeks have each day outside a change of clocks. */
const SEARCHED_DAYS = 15;

/** @param {string} zone Whether the browser knows this time zone. */
export function isZone(zone) {
  try {
    return Boolean(zone && new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}

/** @param {string} time `HH:MM` @returns {number} Minutes since midnight. */
export const minutesOf = (time) => {
  const [hours, minutes] = time.split(':').map(Number);
  return hours * 60 + minutes;
};

/**
 * Whether the shop is open at an instant, and when it opens next.
 * @param {Hours | null} hours @param {number} at
 * @returns {{ open: boolean, next_open_at: string | null }}
 */
export function openingAt(hours, at) {
  if (!hours) return { open: true, next_open_at: null };
  const zone = hours.time_zone;
  const today = wallClock(at, zone) - (wallClock(at, zone) % WALL_DAY_MS);
  let next = Infinity;
  for (let day = -1; day < SEARCHED_DAYS + hours.exceptions.length; day++) {
    const date = today + day * WALL_DAY_MS;
    for (const { from, to } of spansOf(hours, date)) {
      const opens = instantOf(date + minutesOf(from) * WALL_MINUTE_MS, zone);
      const closes = instantOf(date + minutesOf(to) * WALL_MINUTE_MS, zone);
      if (opens <= at && at < closes) return { open: true, next_open_at: null };
      if (opens > at && opens < closes) next = Math.min(next, opens);
    }
    if (next < Infinity && day > 0) break;
  }
  return { open: false, next_open_at: next < Infinity ? new Date(next).toISOString() : null };
}

/**
 * Noon of the next such day in the shop's zone.
 * @param {string} day One of `DAYS`. @param {string} zone @param {number} now
 */
export function noonOf(day, zone, now) {
  const today = wallClock(now, zone) - (wallClock(now, zone) % WALL_DAY_MS);
  const ahead = (DAYS.indexOf(day) - weekdayOf(today) + 7) % 7;
  return instantOf(today + ahead * WALL_DAY_MS + WALL_DAY_MS / 2, zone);
}

/** @param {string} date `YYYY-MM-DD` @param {string} zone */
export const noonOfDate = (date, zone) => instantOf(Date.parse(`${date}T12:00:00Z`), zone);

/** @param {Span[]} spans Whether one begins before another ends, or ends before it begins. */
export function areWrong(spans) {
  const sorted = [...spans].sort((a, b) => minutesOf(a.from) - minutesOf(b.from));
  return sorted.some(({ from, to }, index) => {
    const next = sorted[index + 1];
    return !(minutesOf(from) < minutesOf(to)) || (next && minutesOf(next.from) < minutesOf(to));
  });
}

/** @param {Hours} hours @param {number} date Midnight, as if it were UTC. */
function spansOf({ week, exceptions }, date) {
  const name = new Date(date).toISOString().slice(0, 10);
  const exception = exceptions.find((one) => one.date === name);
  return exception?.spans ?? week[DAYS[weekdayOf(date)]] ?? [];
}

/** @param {number} date Midnight, as if it were UTC. @returns {number} 0: Monday. */
const weekdayOf = (date) => (new Date(date).getUTCDay() + 6) % 7;

/** @param {number} at @param {string} zone @returns {number} The time on the wall, as if in UTC. */
function wallClock(at, zone) {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const part = Object.fromEntries(
    format.formatToParts(at).map(({ type, value }) => [type, Number(value)]),
  );
  const { year, month, day, hour, minute, second } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** @param {number} wall As if in UTC. @param {string} zone @returns {number} */
function instantOf(wall, zone) {
  const by = (/** @type {number} */ near) => wall - (wallClock(near, zone) - near);
  const [before, after] = [by(wall - WALL_DAY_MS), by(wall + WALL_DAY_MS)];
  return wallClock(before, zone) === wall || wallClock(after, zone) !== wall ? before : after;
}
