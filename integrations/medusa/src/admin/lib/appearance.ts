/** The dashboard's theme and language, as it shows and stores them itself. */

import type { Appearance } from './handshake';

/** The part of a page that is looked at. */
export interface Page {
  classes: { contains: (name: string) => boolean };
  cookie: string;
  stored: (key: string) => string | null;
}

export function appearanceOf({ classes, cookie, stored }: Page): Appearance {
  const scheme = classes.contains('dark') ? 'dark' : 'light';
  // i18next looks in this order, and its name for Brazilian Portuguese is ptBR.
  const code = /(?:^|;\s*)lng=([^;]+)/.exec(cookie)?.[1] ?? stored('lng') ?? '';
  const [, language, region] = /^([a-z]{2,3})[-_]?([a-z]{2}|\d{3})?$/i.exec(code) ?? [];
  if (!language) return { scheme, language: 'en' };
  return { scheme, language: language.toLowerCase() + (region ? `-${region.toUpperCase()}` : '') };
}

export function dashboardAppearance(): Appearance {
  return appearanceOf({
    classes: document.documentElement.classList,
    cookie: document.cookie,
    stored: (key) => localStorage.getItem(key),
  });
}

/** Calls `run` when the theme or the language may have changed, until the signal. */
export function onAppearance(run: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(run);
  observer.observe(document.documentElement, {
    attributeFilter: ['class', 'style', 'lang', 'dir'],
  });
  signal.addEventListener('abort', () => observer.disconnect());
  window.addEventListener('storage', run, { signal });
}
