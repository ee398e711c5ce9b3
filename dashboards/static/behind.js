// The table behind a chart, in a dialog, and the link that downloads it.
import { fillTable } from "./grid.js";

const dialog = document.getElementById("behind");
document.getElementById("behind-close").addEventListener("click", () => dialog.close());

export function showBehind(chart, table, csv = null) {
  document.getElementById("behind-title").textContent = chart.name;
  document.getElementById("behind-sentence").textContent = chart.sentence;
  const link = document.getElementById("behind-csv");
  link.hidden = csv === null;
  if (csv !== null) link.href = csv;
  fillTable(dialog.querySelector("table"), table);
  dialog.showModal();
}
