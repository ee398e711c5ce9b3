// The table behind a chart, in a dialog, and the links that download both.
import { fillTable } from "./grid.js";

const dialog = document.getElementById("behind");
document.getElementById("behind-close").addEventListener("click", () => dialog.close());

const offered = new Set(dialog.dataset.files.split(" "));
export const isOffered = (kind) => offered.has(kind); // an extra may not be installed

// files: by kind (csv, xlsx, svg), where each can be downloaded.
export function showBehind(chart, table, files) {
  document.getElementById("behind-title").textContent = chart.name;
  document.getElementById("behind-sentence").textContent = chart.sentence;
  for (const link of dialog.querySelectorAll("[data-file]")) {
    const address = files[link.dataset.file];
    link.hidden = !address || !isOffered(link.dataset.file);
    if (address) link.href = address;
  }
  fillTable(dialog.querySelector("table"), table);
  dialog.showModal();
}
