/**
 * An expression for a page. Its value has the texts with a contrast to their background below 4.5, the minimum of WCAG 2, each with that
 * contrast.
 */
export const poorContrasts = `
[...document.body.querySelectorAll('*')].flatMap(element => {
  const parse = color => color.match(/[\\d.]+/g).map(Number);
  const toLuminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map(part => part / 255).map(part =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const isShown = element.checkVisibility() && element.clientHeight > 1;
  const text = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data.trim()).join('');
  if (!isShown || text === '' || element.disabled) return [];
  let behind = element;
  while (parse(getComputedStyle(behind).backgroundColor)[3] === 0 && behind.parentElement) behind = behind.parentElement;
  const style = getComputedStyle(element);
  const front = element instanceof SVGElement ? style.fill : style.color;
  const [dark, light] = [front, getComputedStyle(behind).backgroundColor].map(parse).map(toLuminance).sort();
  const contrast = (Math.max(dark, light) + 0.05) / (Math.min(dark, light) + 0.05);
  return contrast < 4.5 ? [{ text, contrast }] : [];
})`;
