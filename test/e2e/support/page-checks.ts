import type { Page } from 'playwright-core';

/** Text that is hard to read: what it is, and its contrast. */
export interface FaintText {
  readonly text: string;
  readonly ratio: number;
}

/** Runs in the browser, whose types are not those of the tests: so it is text. */
const contrasts = `(() => {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [red, green, blue] = channels(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const groundOf = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return channels(color)[3] === 0 ? groundOf(element.parentElement) : color;
  };
  return [...document.querySelectorAll('body *')]
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ''))
    .map((element) => {
      const [one, other] = [luminance(getComputedStyle(element).color), luminance(groundOf(element))];
      return { text: element.textContent.slice(0, 40), ratio: (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) };
    });
})()`;

/**
 * Text on the page with less than 4.5 of contrast to the ground behind it.
 * @throws where there is no text at all, or the page has no ground of its own.
 * @see https://www.w3.org/TR/WCAG22/#contrast-minimum
 */
export async function faintTexts(page: Page): Promise<readonly FaintText[]> {
  const texts = await page.evaluate<readonly FaintText[]>(contrasts);
  if (texts.length < 20) throw new Error(`only ${texts.length} texts were found on the page`);
  return texts.filter(({ ratio }) => !(ratio >= 4.5));
}

/** The colour behind the page. */
export async function groundOf(page: Page): Promise<string> {
  return await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
}

/** By how many pixels the page is wider than its window. */
export async function overflow(page: Page): Promise<number> {
  return await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
