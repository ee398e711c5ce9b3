// Light or dark: as the system says until the reader chooses.
import { redraw } from "./charts.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

function stored() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null; // storage may be forbidden; the choice then lasts as long as the page
  }
}

export function startTheme(button) {
  if (!root.dataset.theme && stored()) root.dataset.theme = stored();
  system.addEventListener("change", redraw);
  button.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // see above
    }
    redraw();
  });
}
