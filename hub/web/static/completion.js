// What a query can go on with: prefixes, classes and properties in use, variables, and names of
// things, all of them from what the asker may see.
"use strict";

const WORDS = "SELECT CONSTRUCT ASK DESCRIBE WHERE DISTINCT PREFIX BASE FROM NAMED GRAPH OPTIONAL UNION MINUS FILTER EXISTS NOT BIND VALUES AS IN ORDER GROUP BY HAVING LIMIT OFFSET COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT STR LANG LANGMATCHES DATATYPE BOUND IRI IF COALESCE CONTAINS STRSTARTS STRENDS REGEX REPLACE CONCAT LCASE UCASE STRLEN SUBSTR YEAR MONTH DAY NOW ABS ROUND CEIL FLOOR isIRI isLiteral".split(" ");
const MOST = 60;

let asked = null;
const vocabulary = () => (asked ??= fetch("/sparql/vocabulary").then((reply) => (reply.ok ? reply.json() : null)).catch(() => null).then((found) => found ?? ((asked = null), { prefixes: {}, terms: [] })));

// A name with a prefix is written with the prefix declared.
function withPrefix(name, prefixes) {
  return (view, _, from, to) => {
    const prefix = name.slice(0, name.indexOf(":"));
    const text = view.state.doc.toString();
    const declared = new RegExp(`^\\s*PREFIX\\s+${prefix}:`, "im").test(text);
    const changes = [{ from, to, insert: name }];
    let line = "";
    if (!declared && prefixes[prefix]) {
      line = `PREFIX ${prefix}: <${prefixes[prefix]}>\n`;
      const head = /^(?:\s*#[^\n]*\n)*/.exec(text)[0].length;
      changes.unshift({ from: head, insert: line });
    }
    view.dispatch({ changes, selection: { anchor: from + line.length + name.length } });
  };
}

// What can be declared, from the place on where its prefix begins; what is there of it is replaced.
async function declarations(from, { state, pos }) {
  const rest = state.sliceDoc(pos, state.doc.lineAt(pos).to);
  const typed = state.sliceDoc(from, pos).toLowerCase();
  const fit = Object.entries((await vocabulary()).prefixes).filter(([name]) => starts(`${name}:`, typed));
  return {
    from,
    to: pos + /^[\p{L}\p{N}_.-]*:?\s*(<[^<>\s]*>?)?/u.exec(rest)[0].length,
    options: fit.map(([name, iri]) => ({ label: `${name}:`, detail: iri, type: "namespace", apply: `${name}: <${iri}>` })),
    filter: false,
  };
}

const starts = (text, typed) => text.toLowerCase().startsWith(typed);

export async function complete(context) {
  const variable = context.matchBefore(/[?$]\w*/);
  if (variable) {
    const names = new Set(context.state.doc.toString().match(/[?$]\w+/g));
    names.delete(variable.text);
    return { from: variable.from, options: [...names].map((label) => ({ label, type: "variable" })), validFor: /^[?$]\w*$/ };
  }
  const declaration = context.matchBefore(/\bPREFIX\s+[\p{L}\p{N}_.-]*:?/iu);
  if (declaration) return declarations(declaration.from + /^\S+\s+/.exec(declaration.text)[0].length, context);
  const word = context.matchBefore(/[\p{L}\p{N}_][\p{L}\p{N}_-]*:?[\p{L}\p{N}_-]*/u);
  const before = context.matchBefore(/<[^<>"\s]*|"[^"\n]*/);
  if ((!word && !context.explicit) || (before && !word)) return null;
  const typed = (word?.text ?? "").toLowerCase();
  if (typed.length < 2 && !context.explicit) return null;
  const { prefixes, terms } = await vocabulary();
  if (context.aborted) return null;
  const after = typed.slice(typed.indexOf(":") + 1);
  const fit = terms.filter((one) => one.name.toLowerCase().includes(typed) || (after && (one.label ?? "").toLowerCase().includes(typed)));
  const rank = (one) => (starts(one.name, typed) ? 0 : starts(one.name.slice(one.name.indexOf(":") + 1), after) ? 1 : 2);
  fit.sort((a, b) => rank(a) - rank(b));
  const options = fit.slice(0, MOST).map((one) => ({
    label: one.name.includes("://") ? `<${one.iri}>` : one.name,
    detail: one.label,
    type: one.sort,
    apply: one.name.includes("://") ? `<${one.iri}>` : withPrefix(one.name, prefixes),
  }));
  if (!typed.includes(":")) {
    for (const name of Object.keys(prefixes)) if (starts(name, typed)) options.push({ label: `${name}:`, detail: prefixes[name], type: "namespace", apply: withPrefix(`${name}:`, prefixes) });
    for (const label of WORDS) if (starts(label, typed)) options.push({ label, type: "keyword" });
    options.push(...(await things(typed, context)));
  }
  return options.length ? { from: word?.from ?? context.pos, options, filter: false } : null;
}

async function things(typed, context) {
  if (typed.length < 3) return [];
  const reply = await fetch(`/names?${new URLSearchParams({ q: typed })}`).catch(() => null);
  if (!reply?.ok || context.aborted) return [];
  return (await reply.json()).map((one) => ({
    label: one.label, detail: one.what, type: "constant", apply: `<${one.iri}> `,
  }));
}
