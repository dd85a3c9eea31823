// The workbench: an editor in place of the text area, answers without leaving the page, and a
// cancel that ends the query at the server. Without this file the form works as it is.
"use strict";

const form = document.getElementById("workbench");
const area = document.getElementById("query");
const run = document.getElementById("run");
const cancel = document.getElementById("cancel");
const status = document.getElementById("status");
const answer = document.getElementById("answer");
const takeaway = document.getElementById("takeaway");
const ROWS = ["json", "csv", "tsv", "xlsx", "xml"];
const GRAPH = ["turtle", "ntriples", "jsonld", "rdfxml"];
const NAMES = { json: "JSON", csv: "CSV", tsv: "TSV", xlsx: "XLSX", xml: "XML", turtle: "Turtle", ntriples: "N-Triples", jsonld: "JSON-LD", rdfxml: "RDF/XML" };
const CUT = /\n\n\*{3} (.*) \*{3}\n$/s; // how the hub ends an answer that it could not give whole
const LONGEST = 12_000; // characters of an address

const [code, { complete }, { make, readRows, showResult }] = await Promise.all([
  import(form.dataset.editor), import(form.dataset.completion), import(form.dataset.results),
]);

// The editor. Its styles live in a shadow root, since the policy of the page allows no others.
const host = document.createElement("div");
host.className = "editor";
area.before(host);
area.hidden = true;
const root = host.attachShadow({ mode: "open" });
const theme = code.EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--sheet)", fontSize: "0.9rem", maxHeight: "34rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.45" },
  ".cm-content, .cm-gutter": { minHeight: "12rem" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--soft)", border: "0" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--tint)" },
  ".cm-matchingBracket": { backgroundColor: "var(--tint) !important", outline: "1px solid var(--edge)" },
  ".cm-tooltip": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--edge)" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxWidth: "min(90vw, 36rem)" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { fontStyle: "normal", color: "inherit" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--bad)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)" },
  ".tok-keyword": { color: "var(--link)", fontWeight: "600" },
  ".tok-string": { color: "var(--warm)" }, ".tok-string2": { color: "var(--warm)" },
  ".tok-variableName, .tok-variableName2": { color: "var(--link-strong)" },
  ".tok-comment": { color: "var(--soft)", fontStyle: "italic" },
  ".tok-atom, .tok-number": { color: "var(--warm)" },
});
const view = new code.EditorView({
  root,
  parent: root,
  state: code.EditorState.create({
    doc: area.value,
    extensions: [
      code.keymap.of([
        { key: "Mod-Enter", run: () => (start(), true) },
        ...code.closeBracketsKeymap, ...code.completionKeymap, ...code.historyKeymap,
        { key: "Escape", run: () => (run.focus(), true) },
        ...code.defaultKeymap,
      ]),
      code.lineNumbers(), code.history(), code.drawSelection(), code.bracketMatching(), code.closeBrackets(),
      code.StreamLanguage.define(code.sparql), code.syntaxHighlighting(code.classHighlighter),
      code.autocompletion({ override: [complete], maxRenderedOptions: 60 }),
      code.EditorView.lineWrapping, theme,
      code.EditorView.contentAttributes.of({ "aria-label": "Query in SPARQL", autocapitalize: "off", spellcheck: "false" }),
      code.EditorView.updateListener.of((update) => { if (update.docChanged) area.value = update.state.doc.toString(); }),
    ],
  }),
});
document.getElementById("query-label").addEventListener("click", (event) => { event.preventDefault(); view.focus(); });
for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
host.dataset.ready = "";

function write(text) {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  mark();
}

// Where the hub says that something is wrong.
function mark(problem) {
  const found = [];
  if (problem?.line) {
    const line = view.state.doc.line(Math.min(problem.line, view.state.doc.lines));
    const from = Math.min(line.from + problem.column - 1, line.to);
    const word = view.state.wordAt(from);
    const to = word?.from === from ? word.to : Math.min(from + 1, line.to);
    found.push({ from, to: Math.max(from, to), severity: "error", message: `${problem.detail} ${problem.remedy ?? ""}` });
    view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
  }
  view.dispatch(code.setDiagnostics(view.state, found));
}

// Asking. A run that begins ends the one before it.
let running = null;
let picture = new URLSearchParams(location.search).get("picture") ?? ""; // which is shown: chart, map, graph

async function start() {
  running?.abort();
  const mine = (running = new AbortController());
  const query = area.value;
  const since = performance.now();
  const took = () => `${((performance.now() - since) / 1000).toFixed(2)} s`;
  mark();
  answer.replaceChildren();
  takeaway.hidden = true;
  cancel.hidden = false;
  status.textContent = "Asking …";
  try {
    const reply = await fetch("/sparql", {
      method: "POST",
      body: new URLSearchParams({ query }),
      headers: { Accept: "application/sparql-results+json, application/n-triples;q=0.9, application/problem+json;q=0.1", Prefer: "told-cut" },
      signal: mine.signal,
    });
    if (!reply.ok) return fail(await reply.json());
    const rows = reply.headers.get("content-type").includes("json");
    const [whole, cut] = (await reply.text()).split(CUT);
    const result = rows ? readRows(whole, cut) : cut ? whole.slice(0, whole.lastIndexOf("\n")) : whole;
    const served = took();
    const told = await showResult(answer, result, form.dataset, mine.signal, picture, (name) => {
      picture = name;
      link(query);
    });
    if (mine.signal.aborted) return;
    status.textContent = cut ? `The first ${told} in ${served}; there are more.` : `${told} in ${served}.`;
    if (cut) {
      answer.prepend(alarm(cut));
      link(query);
    } else offer(query, rows ? ROWS : GRAPH);
    remember(query, told, served);
  } catch (error) {
    if (mine !== running) return;
    status.textContent = error.name === "AbortError" ? `Cancelled after ${took()}; the hub has ended the query.` : `The answer did not arrive whole (${error.message}). Try again.`;
  } finally {
    if (mine === running) {
      running = null;
      cancel.hidden = true;
    }
  }
}

function fail(problem) {
  const place = problem.line ? `Line ${problem.line}, column ${problem.column}: ` : "";
  status.textContent = "The query was not answered.";
  answer.replaceChildren(alarm(`${place}${problem.detail}`, problem.remedy));
  mark(problem);
}

const alarm = (...texts) => make("div", { class: "notice bad", role: "alert" }, ...texts.filter(Boolean).map((text) => make("p", {}, text)));

function offer(query, formats) {
  takeaway.hidden = false;
  takeaway.elements.query.value = query;
  for (const old of takeaway.querySelectorAll("button")) old.remove();
  takeaway.querySelector("span").after(...formats.map((name) => {
    const button = document.createElement("button");
    Object.assign(button, { className: "quiet small", name: "format", value: name, textContent: NAMES[name] });
    return button;
  }));
  link(query);
  const keep = document.getElementById("keep");
  if (keep) keep.href = `/questions/new?${new URLSearchParams({ query })}`;
}

// The address under which the query, and the picture of its answer, are found again.
function link(query) {
  const permalink = document.getElementById("permalink");
  const address = `/sparql?${new URLSearchParams({ format: "html", query, ...(picture && { picture }) })}`;
  permalink.hidden = address.length > LONGEST;
  permalink.href = address;
  if (!permalink.hidden) history.replaceState(null, "", address);
}

run.addEventListener("click", (event) => { event.preventDefault(); start(); });
form.addEventListener("submit", (event) => { event.preventDefault(); start(); });
cancel.addEventListener("click", () => { running?.abort(); run.focus(); });

// Earlier queries, kept by this browser.
const STORE = "hub.queries";
const past = document.getElementById("history");

function earlier() {
  try {
    const found = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one?.query === "string") : [];
  } catch {
    return [];
  }
}

function remember(query, told, took) {
  const kept = [{ query, told, took, at: new Date().toISOString() }, ...earlier().filter((one) => one.query !== query)];
  try {
    localStorage.setItem(STORE, JSON.stringify(kept.slice(0, 50)));
  } catch {
    // Its room is full or closed to us; then nothing is remembered.
  }
  list();
}

function list() {
  const kept = earlier();
  past.hidden = !kept.length;
  past.querySelector("ol").replaceChildren(...kept.map((one) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet small";
    button.textContent = "Take";
    button.addEventListener("click", () => { write(one.query); view.focus(); });
    const code = document.createElement("code");
    const first = one.query.split("\n").filter((line) => line.trim() && !/^\s*(#|PREFIX|BASE)/i.test(line)).join(" ");
    code.textContent = first.replace(/\s+/g, " ").slice(0, 120);
    button.setAttribute("aria-label", `Take ${code.textContent}`);
    item.append(button, " ", code, ` ${one.told}, ${one.took}, ${new Date(one.at).toLocaleString()}`);
    return item;
  }));
}

past.querySelector("p button").addEventListener("click", () => { localStorage.removeItem(STORE); list(); });
list();
if (picture) start();
