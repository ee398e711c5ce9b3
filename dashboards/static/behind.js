// The table behind a chart, in a dialog.
const dialog = document.getElementById("behind");
document.getElementById("behind-close").addEventListener("click", () => dialog.close());

function row(cells, name) {
  const element = document.createElement("tr");
  for (const said of cells) {
    const cell = document.createElement(name);
    if (name === "th") cell.scope = "col";
    cell.textContent = said;
    element.append(cell);
  }
  return element;
}

export function showBehind(chart) {
  document.getElementById("behind-title").textContent = chart.name;
  document.getElementById("behind-sentence").textContent = chart.sentence;
  dialog.querySelector("thead").replaceChildren(row(chart.table.columns, "th"));
  dialog.querySelector("tbody").replaceChildren(...chart.table.rows.map((cells) => row(cells, "td")));
  dialog.showModal();
}
