// The graph: pointing at a claim, or moving to it with the Tab key, lights up what it rests on and
// what needs it, and shows its entry of the outline. The ledger: a filter above the table.
(() => {
  "use strict";

  function lightUp(graph) {
    const card = document.createElement("div");
    card.className = "claim-card";
    card.setAttribute("role", "status");
    card.hidden = true;
    document.body.append(card);

    const paths = [...graph.querySelectorAll("path[data-from]")];
    function show(node) {
      clear();
      const id = node.id.replace("node-", "");
      for (const path of paths) {
        if (path.dataset.from !== id && path.dataset.to !== id) continue;
        path.classList.add("lit");
        path.parentNode.insertBefore(path, graph.querySelector("a[id]"));
        for (const end of [path.dataset.from, path.dataset.to]) {
          document.getElementById(`node-${end}`).classList.add("lit");
        }
      }
      const entry = document.getElementById(`outline-${id}`).cloneNode(true);
      entry.querySelectorAll(".needed-by").forEach((part) => part.remove());
      entry.querySelectorAll("[tabindex]").forEach((part) => part.removeAttribute("tabindex"));
      card.replaceChildren(...entry.childNodes);
      card.hidden = false;
    }
    function clear() {
      graph.querySelectorAll(".lit").forEach((part) => part.classList.remove("lit"));
      card.hidden = true;
    }
    for (const node of graph.querySelectorAll("a[id]")) {
      for (const event of ["mouseenter", "focus"]) node.addEventListener(event, () => show(node));
      for (const event of ["mouseleave", "blur"]) node.addEventListener(event, clear);
    }
    document.addEventListener("keydown", (event) => event.key === "Escape" && clear());
    const named = location.hash && document.getElementById(location.hash.slice(1));
    if (named && graph.contains(named)) named.focus();
  }

  function filter(table) {
    const rows = [...table.tBodies[0].rows];
    const chapterOf = (row) => [...row.classList].find((name) => name.startsWith("chapter-"));
    const chapters = [...new Set(rows.map(chapterOf))];
    const form = document.createElement("form");
    form.className = "claim-filter";
    form.setAttribute("role", "search");
    form.innerHTML = `
      <label>Words in a claim <input type="search" name="words"></label>
      <label>Established <select name="standing">
        <option value="">in any way</option>
        <option value="proved">proved, with all it rests on</option>
        <option value="partly">proved, resting on less</option>
        <option value="fixed">proved at fixed size</option>
        <option value="executed">numeric only</option></select></label>
      <label>Chapter <select name="chapter"><option value="">all</option></select></label>
      <span role="status"></span>`;
    for (const chapter of chapters) {
      form.elements.chapter.add(new Option(chapter.replace("chapter-", ""), chapter));
    }
    const texts = rows.map((row) => row.textContent.toLowerCase());
    function apply() {
      const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
      const classes = [form.elements.standing.value, form.elements.chapter.value].filter(Boolean);
      let count = 0;
      rows.forEach((row, at) => {
        const fits =
          words.every((word) => texts[at].includes(word)) &&
          classes.every((name) => row.classList.contains(name));
        row.hidden = !fits;
        count += fits;
      });
      form.querySelector("[role=status]").textContent = `${count} of ${rows.length} claims`;
    }
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    (table.closest(".pst-scrollable-table-container") || table).before(form);
    apply();
  }

  document.querySelectorAll(".lemma-graph").forEach(lightUp);
  document.querySelectorAll("table.ledger").forEach(filter);
})();
