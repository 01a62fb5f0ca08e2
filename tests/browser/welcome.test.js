// @ts-check
/** What the widget says before the first message: opening hours, faces, greeting, questions. */

import assert from 'node:assert/strict';
import { SAYS, story, until, widgetWith } from './support.js';

/** In so many hours. @param {number} hours */
const later = (hours) => new Date(Date.now() + hours * 3_600_000);

story('the head says when the shop opens, in the reader’s zone and language', async (world) => {
  const at = later(24 * 3).toISOString();
  for (const [locale, timezoneId, lang] of [
    ['en-GB', 'Asia/Tokyo', 'en-GB'],
    ['de-AT', 'America/New_York', 'de-AT'],
  ]) {
    const widget = await widgetWith(
      world,
      { open: false, next_open_at: at },
      { lang, device: { locale, timezoneId } },
    );
    await widget.open();
    const [day, time] = [{ weekday: 'long' }, { hour: '2-digit', minute: '2-digit' }].map((parts) =>
      new Date(at).toLocaleString(lang, {
        timeZone: timezoneId,
        .../** @type {Intl.DateTimeFormatOptions} */ (parts),
      }),
    );
    await until(
      async () => (await widget.part('subtitle').textContent())?.endsWith(`${day} ${time}`),
      true,
    );
    const { texts } = await import(new URL('../../web/widget/texts/de.js', import.meta.url).href);
    const [before] = (lang === 'en-GB' ? SAYS : texts).backAt.split('{time}');
    assert.ok((await widget.part('subtitle').textContent())?.startsWith(before));
  }
});

story(
  'greeting and quick questions come in the reader’s language, and move nothing',
  async (world) => {
    const widget = await widgetWith(
      world,
      {
        online: true,
        reply_time: { median_seconds: 250, measured: 20 },
        greeting: { en: 'Hello from the shop', de: 'Grüß Gott', fr: 'Bonjour' },
        quick_replies: {
          en: ['Where is my order?'],
          de: ['Wo ist mein Paket?', 'Wie tausche ich um?'],
        },
        staff: ['Mia', 'Tom', 'Ana'].map((first_name) => ({ first_name, avatar_url: null })),
      },
      {
        lang: 'de-AT',
        before: () => {
          const shifts = /** @type {any[]} */ (/** @type {any} */ (window).shifts = []);
          new PerformanceObserver((list) =>
            list
              .getEntries()
              .forEach((/** @type {any} */ entry) =>
                entry.sources.forEach((/** @type {any} */ { node }) =>
                  shifts.push(String(node?.part)),
                ),
              ),
          ).observe({ type: 'layout-shift', buffered: true });
        },
      },
    );
    await widget.open();
    await until(() => widget.part('greeting').textContent(), 'Grüß Gott');
    assert.deepEqual(await widget.part('question').allTextContents(), [
      'Wo ist mein Paket?',
      'Wie tausche ich um?',
    ]);
    await until(() => widget.part('subtitle').textContent(), 'Antwort meist in 4 Minuten');
    await widget
      .part('faces')
      .and(widget.page.getByRole('img', { name: 'Mia, Tom, Ana' }))
      .waitFor();
    await widget.picture('welcome');
    assert.deepEqual(await widget.page.evaluate(() => /** @type {any} */ (window).shifts), []);
    const asked = widget.requests.filter(({ path }) => path.endsWith('/availability'));
    assert.equal(asked.filter(({ method }) => method === 'GET').length, 1);
    await widget.part('question', 'tausche').click();
    await widget.message('Wie tausche ich um?').waitFor();
    await widget.settled();
    assert.equal(await widget.part('question').count(), 0);
    assert.equal(await widget.input.inputValue(), '');
  },
);

story(
  'a draft stays when a quick question is asked; without an answer all is as before',
  async (world) => {
    const widget = await widgetWith(world, { quick_replies: { en: ['Do you ship?'] } });
    await widget.open();
    await widget.input.fill('a draft');
    await widget.part('question').click();
    await widget.message('Do you ship?').waitFor();
    await widget.settled();
    assert.equal(await widget.input.inputValue(), 'a draft');
    world.tolerate(/Failed to load resource/);
    const old = await world.widget();
    await old.context.route('**/store/chat/availability', (route) => route.abort());
    await old.open();
    await until(() => old.part('greeting').textContent(), SAYS.greeting);
    assert.equal(await old.part('subtitle').textContent(), '');
  },
);
