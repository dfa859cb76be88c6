/** An element of HTML with a class and content: text, an element, or a list of them. */
export function element(name, className, content = '') {
  const created = document.createElement(name);
  if (className) created.className = className;
  created.append(...[content].flat());
  return created;
}

/** A part of a drawing in SVG. */
export function shape(name, attributes, content = '') {
  const created = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [attribute, value] of Object.entries(attributes)) created.setAttribute(attribute, value);
  created.append(...[content].flat());
  return created;
}

/** Changes a text only when it is another one, so that screen readers do not read it again and a selection stays. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
