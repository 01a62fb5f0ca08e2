// @ts-check
/** Photos and files: how they are picked, sent, refused and shown, on both sides. */

import assert from 'node:assert/strict';
import axe from 'axe-core';
import {
  CHAT,
  InboxPage,
  SHOP,
  STRICT,
  STRICT_ELSEWHERE,
  customer,
  introduce,
  seen,
  staff,
  story,
  until,
} from './support.js';

const mia = staff();
await introduce(mia);

const PDF = {
  name: 'invoice.pdf',
  mimeType: 'application/pdf',
  buffer: Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n'),
};

/**
 * A photo as a camera stores it: lying on its side, with the place where it was taken.
 * @param {import('playwright-core').Page} page Draws it.
 * @param {number} width @param {number} height
 */
async function photo(page, width, height) {
  const bytes = await page.evaluate(
    async ([wide, high]) => {
      const canvas = new OffscreenCanvas(wide, high);
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
      const shades = context.createLinearGradient(0, 0, wide, high);
      shades.addColorStop(0, 'teal');
      shades.addColorStop(1, 'orange');
      context.fillStyle = shades;
      context.fillRect(0, 0, wide, high);
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
      return [...new Uint8Array(await blob.arrayBuffer())];
    },
    [width, height],
  );
  const jpeg = Buffer.from(bytes);
  const buffer = Buffer.concat([jpeg.subarray(0, 2), exif(), jpeg.subarray(2)]);
  return { name: 'IMG_0001.jpeg', mimeType: 'image/jpeg', buffer };
}

/** A segment APP1: orientation 6, the maker, and a block of GPS. */
function exif() {
  const tiff = Buffer.alloc(8 + 2 + 3 * 12 + 4 + 2 + 12 + 4 + 16);
  tiff.write('MM\0*', 0, 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(3, 8);
  const gps = 8 + 2 + 3 * 12 + 4;
  const maker = gps + 2 + 12 + 4;
  const entries = [
    [0x010f, 2, 10, maker],
    [0x0112, 3, 1, 6 << 16],
    [0x8825, 4, 1, gps],
  ];
  for (const [at, [tag, type, count, value]] of entries.entries()) {
    const place = 10 + at * 12;
    tiff.writeUInt16BE(tag, place);
    tiff.writeUInt16BE(type, place + 2);
    tiff.writeUInt32BE(count, place + 4);
    tiff.writeUInt32BE(value, place + 8);
  }
  tiff.writeUInt16BE(1, gps);
  tiff.writeUInt16BE(1, gps + 2);
  tiff.writeUInt16BE(2, gps + 4);
  tiff.writeUInt32BE(2, gps + 6);
  tiff.write('N\0', gps + 10, 'latin1');
  tiff.write('SecretCam\0', maker, 'latin1');
  const head = Buffer.from('\xff\xe1\0\0Exif\0\0', 'latin1');
  head.writeUInt16BE(tiff.length + 8, 2);
  return Buffer.concat([head, tiff]);
}

/** The bytes of an attachment. @param {{ url: string }} attachment */
async function bytesOf({ url }) {
  const response = await fetch(new URL(url, CHAT));
  assert.equal(response.status, 200);
  return Buffer.from(await response.arrayBuffer());
}

/**
 * A customer with a conversation, and their widget, open.
 * @param {import('./support.js').World} world
 * @param {import('./support.js').Visit} [visit]
 */
async function opened(world, visit) {
  const ada = customer();
  await ada.me.begin();
  await mia.send(ada.hash, 'Show me');
  const widget = await world.widget({
    policy: STRICT,
    attributes: { token: ada.token },
    ...visit,
  });
  await widget.open();
  await widget.part('attach').waitFor();
  const pick = (/** @type {any} */ ...files) =>
    widget.panel.locator('input[type=file]').setInputFiles(files);
  const sent = () =>
    until(
      async () => (await ada.me.messages(ada.hash)).filter(({ attachments }) => attachments.length),
      (all) => all.length > 0,
    );
  const send = async () => {
    // The first file loads what shows files.
    const tray = widget.part('tray');
    await tray.getByRole('button').first().waitFor();
    await until(
      () => tray.getAttribute('aria-busy'),
      (busy) => busy !== 'true',
    );
    await widget.part('send').click();
  };
  return { ada, widget, pick, sent, send };
}

/** @typedef {{ name: string, mimeType: string, buffer: Buffer }} Given */

/**
 * Drops files on an element, or pastes them.
 * @param {import('playwright-core').Locator} element
 * @param {'drop' | 'paste'} type
 * @param {Given} file
 */
const give = (element, type, { name, mimeType, buffer }) =>
  element.evaluate(
    (node, [kind, called, mime, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], called, { type: mime }));
      const how = { bubbles: true, composed: true, cancelable: true };
      const event =
        kind === 'drop'
          ? new DragEvent('drop', { ...how, dataTransfer: data })
          : new ClipboardEvent('paste', { ...how, clipboardData: data });
      node.dispatchEvent(event);
      return event.defaultPrevented;
    },
    /** @type {const} */ ([type, name, mimeType, [...buffer]]),
  );

/** Finds no violations in what the page shows now. @param {import('playwright-core').Page} page */
async function accessible(page) {
  if (await page.evaluate(() => !('axe' in window))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    /** @type {any} */ (window).axe.run({ resultTypes: ['violations'] }),
  );
  assert.deepEqual(
    violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes[0].html}`),
    [],
  );
}

story('a photo arrives upright, without its place and its camera', async (world) => {
  const { ada, widget, pick, send, sent } = await opened(world);
  const given = await photo(widget.page, 400, 300);
  assert.ok(given.buffer.includes('SecretCam'));
  assert.ok(!widget.requests.some(({ path }) => path.endsWith('/files.js')));
  await pick(given);
  const describe = widget.panel.getByLabel('Describe the picture (optional)');
  await describe.fill('A torn sleeve');
  await accessible(widget.page);
  await widget.picture('files tray');
  await widget.input.fill('Look');
  await send();
  const [message, ...others] = await sent();
  assert.deepEqual(others, []);
  assert.equal(message.body, 'Look');
  const [attachment] = message.attachments;
  const { name, content_type, width, height, alt } = attachment;
  assert.deepEqual(
    { name, content_type, width, height, alt },
    {
      name: 'IMG_0001.jpg',
      content_type: 'image/jpeg',
      width: 300,
      height: 400,
      alt: 'A torn sleeve',
    },
  );
  const bytes = await bytesOf(attachment);
  for (const trace of ['Exif', 'SecretCam']) assert.ok(!bytes.includes(trace), trace);
  await widget.settled();
  const shown = widget.part('photo').locator('img');
  await shown.waitFor();
  const size = () => shown.evaluate((image) => [image.clientWidth, image.clientHeight]);
  assert.deepEqual(await size(), [150, 200]);
  await until(() => shown.evaluate((image) => /** @type {any} */ (image).naturalWidth), 300);
  await accessible(widget.page);
  await widget.picture('files photo');
  await widget.panel.getByRole('button', { name: 'Open A torn sleeve' }).click();
  const lightbox = widget.part('lightbox');
  await lightbox.waitFor();
  await widget.picture('files lightbox');
  await accessible(widget.page);
  await widget.page.keyboard.press('Escape');
  await lightbox.waitFor({ state: 'hidden' });
  assert.ok(await widget.panel.isVisible());
  assert.equal((await ada.me.messages(ada.hash)).length, 2);
});

story('a new person can attach before the first word', async (world) => {
  const widget = await world.widget({ policy: STRICT });
  await widget.open();
  await widget.part('attach').waitFor();
  await widget.panel.locator('input[type=file]').setInputFiles([PDF]);
  await widget.part('tray').getByText('invoice.pdf').waitFor();
  await widget.part('send').click();
  await widget.part('file', 'invoice.pdf').waitFor();
  await widget.settled();
  const [{ attachments }] = await mia.messages(await widget.guestHash());
  assert.equal(attachments[0].name, 'invoice.pdf');
});

story('a PDF is a chip that is saved; what cannot be sent is said', async (world) => {
  const { ada, widget, pick, send, sent } = await opened(world);
  const tray = widget.part('tray');
  const refusal = widget.part('tray-refusal');
  const large = { ...PDF, name: 'large.pdf', buffer: Buffer.alloc(10 * 1024 * 1024 + 1, 'a') };
  await pick(large);
  await until(() => refusal.textContent(), 'large.pdf is larger than 10 MB.');
  await pick({ name: 'page.html', mimeType: 'text/html', buffer: Buffer.from('<script>') });
  const wrong = 'page.html cannot be sent. Photos, PDF, text and MP4 can.';
  await until(() => refusal.textContent(), wrong);
  await pick({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) });
  await until(() => refusal.textContent(), 'a.txt is empty.');
  await accessible(widget.page);
  await pick(...Array.from({ length: 6 }, (_, at) => ({ ...PDF, name: `${at}.pdf` })));
  await until(() => refusal.textContent(), 'A message takes 5 files at most.');
  for (const at of [0, 1, 2, 3])
    await tray.getByRole('button', { name: `Remove ${at}.pdf` }).click();
  await send();
  const [{ attachments, body }] = await sent();
  assert.deepEqual([attachments.length, attachments[0].name, body], [1, '4.pdf', '']);
  await widget.settled();
  const chip = widget.part('file', '4.pdf');
  const [file] = await Promise.all([widget.page.waitForEvent('download'), chip.click()]);
  assert.equal(file.suggestedFilename(), '4.pdf');
  assert.deepEqual(await bytesOf(attachments[0]), PDF.buffer);
  await widget.picture('files chip');
  assert.equal((await ada.me.messages(ada.hash)).length, 2);
});

story('a file whose content is of another type is refused with words', async (world) => {
  const { widget, pick, send } = await opened(world);
  world.tolerate(/status of 400/);
  await pick({ ...PDF, buffer: Buffer.from('This is no PDF') });
  await send();
  const row = widget.part('failed');
  await row.waitFor();
  await widget.panel.getByText('The content of the file is not what its name says.').waitFor();
  await accessible(widget.page);
  await widget.panel.getByRole('button', { name: 'Delete', exact: true }).click();
  await row.waitFor({ state: 'detached' });
});

story('an upload can be cancelled; one that breaks off arrives once', async (world) => {
  const { ada, widget, pick, send, sent } = await opened(world);
  world.tolerate(/ERR_FAILED|Failed to load resource/);
  let isBroken = true;
  const store = (/** @type {URL} */ url) => url.pathname.startsWith('/dev/s3');
  await widget.context.route(store, (route) => (isBroken ? route.abort() : route.continue()));
  await pick({ ...PDF, name: 'unwanted.pdf' });
  await send();
  await widget.panel.getByText('The upload waits for the connection.').waitFor();
  await widget.picture('files waiting');
  await accessible(widget.page);
  await widget.panel.getByRole('button', { name: 'Cancel', exact: true }).click();
  await widget.part('file', 'unwanted.pdf').waitFor({ state: 'detached' });
  await pick(PDF);
  await send();
  await widget.panel.getByText('The upload waits for the connection.').waitFor();
  isBroken = false;
  // The next attempt may come before the click.
  const click = widget.panel.getByRole('button', { name: 'Try now' }).click();
  await Promise.race([click.catch(() => {}), widget.settled()]);
  await widget.settled();
  const all = await sent();
  assert.deepEqual(
    all.map(({ attachments }) => attachments[0].name),
    ['invoice.pdf'],
  );
  await widget.say('Done');
  assert.equal((await ada.me.messages(ada.hash)).length, 3);
});

story('a reload keeps the tray, and an upload that is under way', async (world) => {
  const { ada, widget, pick, send, sent } = await opened(world);
  world.tolerate(/ERR_|Failed to load resource/);
  await pick(PDF);
  await widget.part('tray').getByText('invoice.pdf').waitFor();
  await until(
    () => widget.stored('sessionStorage'),
    (all) => Object.keys(all).some((key) => key.startsWith('live-chat:files:')),
  );
  await widget.page.reload();
  await widget.panel.waitFor();
  await widget.part('tray').getByText('invoice.pdf').waitFor();
  let isHeld = true;
  const store = (/** @type {URL} */ url) => url.pathname.startsWith('/dev/s3');
  await widget.context.route(store, async (route) => {
    // Never answered: the upload is under way.
    if (!isHeld) await route.continue();
  });
  await widget.input.fill('My invoice');
  await send();
  await widget.panel.getByRole('progressbar').waitFor();
  await widget.picture('files uploading');
  isHeld = false;
  await widget.page.reload();
  await widget.panel.waitFor();
  const all = await sent();
  assert.deepEqual(
    all.map(({ body, attachments }) => [body, attachments.length]),
    [['My invoice', 1]],
  );
  await widget.part('file', 'invoice.pdf').waitFor();
  assert.equal((await ada.me.messages(ada.hash)).length, 2);
  assert.equal(await widget.part('tray').locator('li').count(), 0);
});

/** The keys of the bytes that the browser keeps. @param {import('playwright-core').Page} page */
const keptBytes = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const request = indexedDB.open('live-chat-files', 1);
        // This may come before the widget.
        request.onupgradeneeded = () => request.result.createObjectStore('files');
        request.onsuccess = () => {
          const all = request.result.transaction('files').objectStore('files').getAllKeys();
          all.onsuccess = () => {
            request.result.close();
            resolve(all.result.length);
          };
        };
      }),
  );

story('bytes leave the browser with their message', async (world) => {
  const { widget, pick, send } = await opened(world);
  world.tolerate(/status of 400/);
  await pick({ ...PDF, buffer: Buffer.from('This is no PDF') });
  await until(() => keptBytes(widget.page), 1);
  await send();
  await widget.part('failed').waitFor();
  assert.equal(await keptBytes(widget.page), 1);
  await widget.panel.getByRole('button', { name: 'Delete', exact: true }).click();
  await until(() => keptBytes(widget.page), 0);
  await pick(PDF);
  await send();
  await widget.part('file', 'invoice.pdf').waitFor();
  await widget.settled();
  await until(() => keptBytes(widget.page), 0);
});

story(
  'a guest who logs in keeps the files that are picked, and who logs out none',
  async (world) => {
    const widget = await world.widget({ policy: STRICT });
    await widget.open();
    await widget.say('Hello');
    await widget.part('attach').waitFor();
    await widget.panel.locator('input[type=file]').setInputFiles([PDF]);
    const picked = widget.part('tray').getByText('invoice.pdf');
    await picked.waitFor();
    const hash = await widget.guestHash();
    const ada = customer();
    await widget.page.evaluate(
      (token) => /** @type {any} */ (document.querySelector('live-chat')).identify({ token }),
      ada.token,
    );
    await until(async () => (await ada.me.ask('GET', 'channels')).channels?.length, 1);
    await widget.part('own', 'Hello').waitFor();
    await picked.waitFor();
    await widget.part('send').click();
    await until(async () => (await mia.messages(hash)).at(-1).attachments.length, 1);
    await widget.settled();
    await widget.panel.locator('input[type=file]').setInputFiles([PDF]);
    await picked.waitFor();
    await widget.page.evaluate(() =>
      /** @type {any} */ (document.querySelector('live-chat')).logout(),
    );
    await until(() => keptBytes(widget.page), 0);
  },
);

story('a text passes an upload that is stuck, if the person wants so', async (world) => {
  const { ada, widget, pick, send } = await opened(world);
  world.tolerate(/ERR_|Failed to/);
  let isHeld = true;
  const store = (/** @type {URL} */ url) => url.pathname.startsWith('/dev/s3');
  await widget.context.route(store, async (route) => {
    // Never answered.
    if (!isHeld) await route.continue();
  });
  await pick(PDF);
  await send();
  await widget.panel.getByRole('progressbar').waitFor();
  const pass = widget.panel.getByRole('button', { name: 'Send the next ones first' });
  assert.equal(await pass.count(), 0);
  await widget.write('By the way');
  assert.equal((await ada.me.messages(ada.hash)).length, 1);
  isHeld = false;
  await pass.click();
  await widget.settled();
  const order = (await ada.me.messages(ada.hash)).map(({ body, attachments }) => [
    body,
    attachments.length,
  ]);
  assert.deepEqual(order, [
    ['Show me', 0],
    ['By the way', 0],
    ['', 1],
  ]);
});

story('an announcement that is refused for a while is made again', async (world) => {
  const { ada, widget, pick, send, sent } = await opened(world);
  world.tolerate(/status of 429/);
  let refused = 0;
  const announce = (/** @type {URL} */ url) => url.pathname === '/store/chat/files';
  await widget.context.route(announce, async (route) => {
    if (route.request().method() !== 'POST' || refused++) return route.continue();
    const headers = { 'content-type': 'application/json', 'retry-after': '1' };
    const body = JSON.stringify({ type: 'too_many_requests', message: 'Too many files' });
    await route.fulfill({ status: 429, headers, body });
  });
  await pick(PDF);
  await send();
  await widget.settled();
  assert.equal((await sent()).length, 1);
  assert.ok(refused > 1);
  assert.equal((await ada.me.messages(ada.hash)).length, 2);
});

story('an upload that has expired is announced anew, and arrives once', async (world) => {
  const { ada, widget, pick, send, sent } = await opened(world);
  world.tolerate(/status of 403/);
  let puts = 0;
  const store = (/** @type {URL} */ url) => url.pathname.startsWith('/dev/s3');
  await widget.context.route(store, (route) => {
    if (route.request().method() !== 'PUT' || puts++) return route.continue();
    return route.fulfill({ status: 403, body: '<Code>AccessDenied</Code>' });
  });
  await pick(PDF);
  await send();
  await widget.settled();
  assert.equal((await sent()).length, 1);
  const announced = widget.requests.filter(
    ({ method, path }) => method === 'POST' && path === '/store/chat/files',
  );
  assert.equal(announced.length, 2);
  assert.equal((await ada.me.messages(ada.hash)).length, 2);
});

story('an upload that makes no progress is begun again', async (world) => {
  const { ada, widget, pick, send, sent } = await opened(world);
  world.tolerate(/ERR_|Failed to/);
  let puts = 0;
  const store = (/** @type {URL} */ url) => url.pathname.startsWith('/dev/s3');
  await widget.context.route(store, async (route) => {
    if (route.request().method() !== 'PUT') return route.continue();
    // The first one is never answered.
    if (puts++) await route.continue();
  });
  await widget.page.clock.install();
  await pick(PDF);
  await send();
  await until(() => puts, 1);
  await widget.panel.getByRole('progressbar').waitFor();
  await widget.page.clock.fastForward(46_000);
  await until(async () => {
    await widget.page.clock.fastForward(1_000);
    return puts;
  }, 2);
  await widget.settled();
  assert.equal((await sent()).length, 1);
  assert.equal((await ada.me.messages(ada.hash)).length, 2);
});

story('files can be dropped and pasted', async (world) => {
  const { widget, send, sent } = await opened(world);
  assert.ok(await give(widget.part('log'), 'drop', PDF));
  await widget.part('tray').getByText('invoice.pdf').waitFor();
  await give(widget.input, 'paste', await photo(widget.page, 80, 60));
  await widget.part('tray').getByText('IMG_0001.jpg').waitFor();
  await send();
  const [{ attachments }] = await sent();
  assert.deepEqual(
    attachments.map((/** @type {any} */ one) => one.name),
    ['invoice.pdf', 'IMG_0001.jpg'],
  );
});

story('a shop on another origin allows the origin of files', async (world) => {
  const { widget, pick, send, sent } = await opened(world, {
    origin: SHOP,
    policy: `${STRICT_ELSEWHERE}; img-src ${CHAT}`,
    device: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    dir: 'rtl',
    lang: 'ar',
  });
  await pick(await photo(widget.page, 400, 300), PDF);
  await widget.part('tray').getByText('invoice.pdf').waitFor();
  await widget.picture('files on a phone');
  await send();
  const [{ attachments }] = await sent();
  assert.equal(attachments.length, 2);
  const shown = widget.part('photo').locator('img');
  await until(() => shown.evaluate((image) => /** @type {any} */ (image).naturalWidth), 300);
  await widget.picture('files sent on a phone');
});

story('a photo of 12 megapixels shows its progress on a slow line', async (world) => {
  const { ada, widget, pick, send, sent } = await opened(world);
  const given = await photo(widget.page, 4000, 3000);
  await pick(given);
  await widget.part('tray').getByText('IMG_0001.jpg').waitFor();
  const session = await widget.context.newCDPSession(widget.page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 50,
    downloadThroughput: 1_000_000,
    uploadThroughput: 12_000,
  });
  await send();
  const bar = widget.panel.getByRole('progressbar');
  const value = () => bar.evaluate((one) => /** @type {any} */ (one).value).catch(() => 1);
  await bar.waitFor();
  const first = await until(value, (at) => at > 0);
  assert.ok(first < 1, `${first}`);
  const [{ attachments }] = await sent();
  assert.deepEqual([attachments[0].width, attachments[0].height], [1536, 2048]);
  await widget.settled();
  assert.equal((await ada.me.messages(ada.hash)).length, 2);
});

story('both sides see files as they come, and no more once they are deleted', async (world) => {
  const { ada, widget, pick, send, sent } = await opened(world);
  const desk = await InboxPage.at(world, { hash: ada.hash });
  await pick(await photo(widget.page, 400, 300));
  await send();
  const shown = desk.log.locator('.photo img');
  await seen(shown);
  await until(() => shown.evaluate((image) => /** @type {any} */ (image).naturalWidth), 300);
  await until(
    () => desk.row(ada.hash).textContent(),
    (text) => /Photo/.test(text ?? ''),
  );
  await desk.log.getByRole('button', { name: 'Open IMG_0001.jpg' }).click();
  const lightbox = desk.page.locator('.lightbox');
  await seen(lightbox);
  await desk.picture('files lightbox');
  await desk.page.keyboard.press('Escape');
  await lightbox.waitFor({ state: 'hidden' });
  // Staff answers with files of its own.
  await desk.page.locator('.composer input[type=file]').setInputFiles([PDF]);
  await seen(desk.page.locator('.tray').getByText('invoice.pdf'));
  await desk.picture('files tray');
  await accessible(desk.page);
  await desk.page.getByRole('button', { name: 'Send', exact: true }).click();
  const chip = widget.part('file', 'invoice.pdf');
  await chip.waitFor();
  await give(desk.log, 'drop', { ...PDF, name: 'dropped.pdf' });
  await give(desk.input, 'paste', { ...PDF, name: 'pasted.pdf' });
  await seen(desk.page.locator('.tray').getByText('pasted.pdf'));
  await desk.input.press('Enter');
  await widget.part('file', 'dropped.pdf').waitFor();
  await widget.part('file', 'pasted.pdf').waitFor();
  await seen(desk.log.locator('.file').getByText('dropped.pdf'));
  await desk.picture('files');
  await accessible(desk.page);
  const [message] = await sent();
  const { url } = message.attachments[0];
  await ada.me.remove(message.id);
  await shown.waitFor({ state: 'detached' });
  assert.equal((await fetch(new URL(url, CHAT), { redirect: 'manual' })).status, 404);
});

story('undo of send and close during an upload keeps the file', async (world) => {
  const ada = customer();
  await ada.me.begin();
  await ada.me.send(ada.hash, 'Which one?');
  const desk = await InboxPage.at(world, { hash: ada.hash });
  world.tolerate(/ERR_|Failed to/);
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((free) => (release = () => free(undefined)));
  const store = (/** @type {URL} */ url) => url.pathname.startsWith('/dev/s3');
  await desk.context.route(store, async (route) => {
    await held;
    await route.continue();
  });
  await desk.page.locator('.composer input[type=file]').setInputFiles([PDF]);
  await seen(desk.page.locator('.tray').getByText('invoice.pdf'));
  await desk.input.fill('This one');
  await desk.press('Control+Enter');
  await desk.click('Undo');
  await seen(desk.log.getByRole('progressbar'));
  release();
  const { body, attachments } = await until(
    async () => (await mia.messages(ada.hash)).at(-1),
    (message) => message.attachments.length,
  );
  assert.deepEqual([body, attachments[0].name], ['This one', 'invoice.pdf']);
  await until(() => desk.log.locator('.pending').count(), 0);
  assert.equal((await mia.ask('GET', `channels/${ada.hash}`)).channel.status, 'open');
});
