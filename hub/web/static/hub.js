// Small comforts; every page works without them. Names are suggested while one types, Ctrl+Enter
// runs a query, one key decides, and links to folded parts unfold them.
"use strict";

const get = async (address) => {
  const answer = await fetch(address).catch(() => null);
  return answer?.ok ? answer.json() : null;
};

for (const input of document.querySelectorAll("input[data-suggest], input[data-names]")) {
  const list = document.createElement("datalist");
  list.id = `${input.id}-names`;
  input.after(list);
  input.setAttribute("list", list.id);
  const kinds = (input.dataset.suggest ?? "").split(" ").filter(Boolean);
  // Fields for things of some classes ask for names of those, and tell two of one name apart.
  const offer = async (words) => {
    const asked = new URLSearchParams({ q: words, class: input.dataset.names });
    const found = await get(`/names?${asked}`);
    const same = (one) => found.filter((other) => other.label === one.label).length > 1;
    return found?.map((one) => [same(one) ? one.iri : one.label, same(one) ? `${one.label}, ${one.what}` : one.what]);
  };
  const suggest = async (words) => {
    const found = await get(`/search?${new URLSearchParams({ q: words, format: "json" })}`);
    const hits = (found?.hits ?? []).filter((hit) => !kinds.length || kinds.includes(hit.link.kind));
    return hits.slice(0, 10).map((hit) => [hit.link.label, hit.what]);
  };
  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    const words = input.value.trim();
    if (words.length < 2 || [...list.children].some((option) => option.value === words)) return;
    waiting = setTimeout(async () => {
      const found = await (input.dataset.names === undefined ? suggest : offer)(words);
      if (!found || input.value.trim() !== words) return;
      list.replaceChildren(...found.map(([value, label]) => Object.assign(document.createElement("option"), { value, label })));
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
