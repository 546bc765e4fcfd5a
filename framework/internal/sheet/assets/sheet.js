"use strict";
// What the script of a page may use, and say: how a target is uncovered that the page itself has hidden.
const sheet = { uncover() {} };
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
  sheet.find = find;

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

  // A link leads into what is folded, or hidden by the page.
  function reveal() {
    const target = find(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    sheet.uncover(target);
    for (let e = target; e; e = e.parentElement) if (e instanceof HTMLDetailsElement) { unfold(e); e.open = true; }
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  queueMicrotask(() => { if (location.hash) reveal(); }); // once the page's own script has said how to uncover

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
