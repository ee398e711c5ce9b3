// Elements, and the framed part of a page with its title.
let titles = 0;

export function make(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

export function panel(title) {
  const element = make("section", "panel");
  if (title) {
    const head = make("h3", "", title);
    head.id = `title-${++titles}`;
    element.setAttribute("aria-labelledby", head.id);
    element.append(head);
  }
  return element;
}
