// The list of plants, each a link to its page.
const names = JSON.parse(document.getElementById("list").textContent);
const list = document.getElementById("plants");
for (const [plant, name] of Object.entries(names)) {
  const link = document.createElement("a");
  link.href = `/plants/${encodeURIComponent(plant)}${location.search}`;
  link.textContent = name;
  const item = document.createElement("li");
  item.append(link);
  list.append(item);
}
