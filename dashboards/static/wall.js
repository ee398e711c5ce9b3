// The wall goes from page to page, but only while the server answers: a screen that nobody
// touches must never end on a browser's error page.
const ROUND = ["now", "shift", "performance"];
const STAY_MS = 30_000;

export function startWall(isLive) {
  const asked = new URLSearchParams(location.search);
  if (document.documentElement.dataset.mode !== "wall" || asked.get("rotate") === "0") return;
  const seconds = Number(asked.get("rotate"));
  const next = ROUND[(ROUND.indexOf(document.body.dataset.page) + 1) % ROUND.length];
  const link = document.querySelector(`.places [data-to="${next}"]`);
  for (const key of ["day", "shift"]) asked.delete(key);
  const address = `${link.pathname}?${asked}`;
  setInterval(async () => {
    if (!isLive()) return;
    try {
      const answer = await fetch(address, { method: "GET", cache: "no-store" });
      if (answer.ok) location.replace(address);
    } catch {
      // not now; the page that stands says that the link is lost
    }
  }, seconds > 0 ? seconds * 1000 : STAY_MS);
}
