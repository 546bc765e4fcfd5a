"use strict";
(function () {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

  // What is folded is in the page for readers without script; with it, it is made
  // when it is opened, so that the page opens at once.
  function unfold(details) {
    const folded = details.querySelector(":scope > noscript");
    if (!folded) return;
    const made = document.createElement("template");
    made.innerHTML = folded.textContent;
    folded.replaceWith(made.content);
  }
  function find(id) {
    const found = byId(id);
    if (found || !id) return found;
    const holds = (d) => d.querySelector(":scope > noscript")?.textContent.includes(`id="${id}"`);
    const details = Array.from(document.querySelectorAll("details")).find(holds);
    if (details) unfold(details);
    return byId(id);
  }
  document.addEventListener("toggle", (e) => { if (e.target.open) unfold(e.target); }, true);

  // The theme is the system's until the reader says otherwise. A browser that keeps
  // nothing for files forgets it, which is no reason to fail.
  const remembered = () => { try { return localStorage.getItem("vpcgate-theme"); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem("vpcgate-theme", theme); } catch { /* forgotten */ } };
  if (remembered()) root.dataset.theme = remembered();
  const toggle = byId("theme");
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    remember(root.dataset.theme);
  });

  // Paper is light.
  let before;
  addEventListener("beforeprint", () => { before = root.dataset.theme; root.dataset.theme = "light"; });
  addEventListener("afterprint", () => { if (before) root.dataset.theme = before; else delete root.dataset.theme; });

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

  // A link leads into what is folded, or hidden by the filter.
  function reveal() {
    const target = find(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const scenario = target.closest("details.scenario");
    if (scenario && scenario.hidden) { form.reset(); byId("search").value = ""; narrow(); }
    for (let e = target; e; e = e.parentElement) if (e instanceof HTMLDetailsElement) { unfold(e); e.open = true; }
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

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
    copy.append(...Array.from(find(id).childNodes, (n) => n.cloneNode(true)));
    host.append(copy);
  });

  // Commands can be copied where the browser allows it.
  if (navigator.clipboard) {
    document.addEventListener("pointerover", (e) => {
      const command = e.target instanceof Element ? e.target.closest(".command") : null;
      if (!command || command.querySelector("button")) return;
      const text = command.textContent, button = document.createElement("button");
      button.type = "button";
      button.textContent = "copy";
      button.addEventListener("click", () => navigator.clipboard.writeText(text).then(() => { button.textContent = "copied"; }, () => { button.textContent = "not allowed"; }));
      command.append(button);
    });
  }
})();
