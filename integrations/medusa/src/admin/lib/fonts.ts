/** The dashboard's font. The inbox's own policy lets it load none, so the page hands it over. */

export interface Font {
  family: string;
  faces: { weight: string; style: string; data: ArrayBuffer }[];
}

/** A rule of a style sheet. */
interface Rule {
  cssRules?: Iterable<Rule>;
  style?: { getPropertyValue(name: string): string };
}

/** @returns What the rules load for a family: each face with the first of its addresses. */
export function facesIn(rules: Iterable<Rule>, family: string, base: string) {
  const faces: { weight: string; style: string; url: string }[] = [];
  for (const { cssRules, style } of rules) {
    if (cssRules) faces.push(...facesIn(cssRules, family, base));
    const of = (name: string) => style?.getPropertyValue(name).trim() ?? '';
    const [, url] = /url\(\s*["']?([^"')]+)/.exec(of('src')) ?? [];
    if (!url || unquoted(of('font-family')) !== family || !URL.canParse(url, base)) continue;
    const [weight, slant] = [of('font-weight') || 'normal', of('font-style') || 'normal'];
    faces.push({ weight, style: slant, url: new URL(url, base).href });
  }
  return faces;
}

/** @returns The first family of a `font-family`. */
export const unquoted = (families: string) =>
  (families.split(',')[0] ?? '').trim().replace(/^["']|["']$/g, '');

/** @returns Undefined for a font of the system. */
export async function dashboardFont(): Promise<Font | undefined> {
  const family = unquoted(getComputedStyle(document.body).fontFamily);
  const found = [...document.styleSheets].flatMap((sheet) => {
    try {
      return facesIn(sheet.cssRules as Iterable<Rule>, family, sheet.href ?? document.baseURI);
    } catch {
      // A style sheet of another origin cannot be read.
      return [];
    }
  });
  const faces = await Promise.all(
    found.map(async ({ url, ...face }) => {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
      return { ...face, data: await answer.arrayBuffer() };
    }),
  );
  return faces.length ? { family, faces } : undefined;
}
