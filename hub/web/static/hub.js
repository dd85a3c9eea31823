// Small comforts; every page works without them. Names are suggested while one types, Ctrl+Enter
// runs a query, one key decides, and links to folded parts unfold them.
"use strict";

for (const input of document.querySelectorAll("input[data-suggest]")) {
  const list = document.createElement("datalist");
  list.id = `${input.id}-names`;
  input.after(list);
  input.setAttribute("list", list.id);
  const kinds = input.dataset.suggest.split(" ").filter(Boolean);
  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    const words = input.value.trim();
    if (words.length < 2 || [...list.children].some((option) => option.value === words)) return;
    waiting = setTimeout(async () => {
      const query = new URLSearchParams({ q: words, format: "json" });
      const answer = await fetch(`/search?${query}`).catch(() => null);
      if (!answer || !answer.ok || input.value.trim() !== words) return;
      const found = await answer.json();
      const hits = (found.hits ?? []).filter((hit) => !kinds.length || kinds.includes(hit.link.kind));
      list.replaceChildren(...hits.slice(0, 10).map((hit) => {
        const option = document.createElement("option");
        option.value = hit.link.label;
        option.label = hit.what;
        return option;
      }));
    }, 150);
  });
}

for (const area of document.querySelectorAll("textarea[data-run]")) {
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) area.form.requestSubmit();
  });
}

// Where one key decides, it does so anywhere but in a field.
const keys = new Map([...document.querySelectorAll("[data-key]")].map((at) => [at.dataset.key, at]));
if (keys.size) {
  addEventListener("keydown", (event) => {
    const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (writing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    keys.get(event.key.toLowerCase())?.click();
  });
}

// A link to something folded away unfolds it.
const unfold = () => {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
};
addEventListener("hashchange", unfold);
unfold();
