(function () {
  const byId = (id) => document.getElementById(id);

  // The filter hides scenarios that have no result of the kind asked for, in the
  // matrix and below it, and fades the results that are not of that kind.
  const form = byId("filter");
  const rows = Array.from(document.querySelectorAll("#grid tbody tr"));
  const columns = Array.from(document.querySelectorAll("#grid .col"));
  form.hidden = false;
  function narrow() {
    const chosen = Object.fromEntries(Array.from(form.querySelectorAll("select"), (s) => [s.name, s.value]));
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const of = (e, name) => !chosen[name] || e.dataset[name] === chosen[name];
    for (const c of columns) c.hidden = !of(c, "lab") || !of(c, "mode");
    let shown = 0, results = 0;
    for (const row of rows) {
      let hits = 0;
      for (const c of row.querySelectorAll("td.col")) {
        const hit = !c.hidden && c.dataset.outcome !== "" && of(c, "outcome");
        c.classList.toggle("off", !hit);
        if (hit) hits++;
      }
      row.hidden = !(hits && of(row, "family") && of(row, "tier") && of(row, "origin") && words.every((w) => row.dataset.text.includes(w)));
      byId(row.dataset.id).hidden = row.hidden;
      if (!row.hidden) { shown++; results += hits; }
    }
    byId("shown").textContent = `${shown} of ${rows.length} scenarios, ${results} results`;
  }
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (e) => e.preventDefault());
  form.addEventListener("reset", () => setTimeout(narrow));
  narrow();

  sheet.uncover = (target) => {
    const scenario = target.closest("details.scenario");
    if (scenario && scenario.hidden) { form.reset(); byId("search").value = ""; narrow(); }
  };

  const fold = byId("fold");
  fold.hidden = false;
  fold.addEventListener("click", (e) => {
    if (!(e.target instanceof HTMLButtonElement)) return;
    for (const d of document.querySelectorAll("details.scenario")) d.open = Boolean(e.target.dataset.open) && !d.hidden;
  });

  // Paths, counters and transcripts are in the page once. A click shows one where it
  // is linked, another click takes it away.
  document.addEventListener("click", (e) => {
    const link = e.target instanceof Element ? e.target.closest("a.x") : null;
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    const id = link.getAttribute("href").slice(1);
    const host = link.closest("li, .q, figure, p");
    const open = Array.from(host.children).find((c) => c.dataset.shown === id);
    if (open) { open.remove(); return; }
    const copy = document.createElement("div");
    copy.className = "shown";
    copy.dataset.shown = id;
    copy.append(...Array.from(sheet.find(id).childNodes, (n) => n.cloneNode(true)));
    host.append(copy);
  });
})();
