// Runs in a page of the built book: takes the text of all its pages and puts it in the place of
// this page's, one after the other, with ids and links that hold within the one document. Returns
// the words of all headings.
async ({ title, author, parts }) => {
  const names = parts.flatMap((part) => part.pages);
  const slug = (name) => name.replaceAll("/", "-");
  const idOn = (name, id) => `${slug(name)}--${id}`;

  // The page of an address within the book, and the address within the one document.
  const pageOf = (url) => url.origin === location.origin && url.pathname.slice(1).replace(/\.html$/, "");
  function moved(url) {
    const name = pageOf(url);
    if (!name) return url.href;
    return names.includes(name) ? `#${idOn(name, url.hash.slice(1))}` : null;
  }

  async function textOf(name) {
    const address = new URL(`/${name}.html`, location.origin);
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address.pathname}: ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const article = page.querySelector(".bd-article");
    for (const node of article.querySelectorAll("[id]")) node.id = idOn(name, node.id);
    for (const key of ["for", "aria-labelledby", "aria-describedby"]) {
      for (const node of article.querySelectorAll(`[${key}]`)) {
        node.setAttribute(key, idOn(name, node.getAttribute(key)));
      }
    }
    for (const image of article.querySelectorAll("img")) {
      image.src = new URL(image.getAttribute("src"), address);
      image.loading = "eager";
    }
    for (const link of article.querySelectorAll("a[href]")) {
      const target = moved(new URL(link.getAttribute("href"), address));
      if (target) link.setAttribute("href", target);
      else link.removeAttribute("href"); // a file beside the pages
    }
    for (const fold of article.querySelectorAll("details")) fold.open = true;
    const section = document.createElement("section");
    section.className = "pdf-page";
    section.id = idOn(name, "");
    section.append(...article.childNodes);
    return section;
  }

  const book = document.createElement("article");
  book.className = "bd-article";
  for (const name of names) book.append(document.adoptNode(await textOf(name)));

  const cover = document.createElement("section");
  cover.className = "pdf-cover";
  const line = (tag, words) => Object.assign(document.createElement(tag), { textContent: words });
  cover.append(line("p", title), line("p", author));
  for (const { caption, pages } of parts) {
    if (caption) cover.append(line("p", caption));
    const list = document.createElement("ul");
    for (const name of pages) {
      const heading = book.querySelector(`[id="${idOn(name, "")}"] h1`).cloneNode(true);
      heading.querySelector(".headerlink")?.remove();
      const link = document.createElement("a");
      link.href = `#${idOn(name, "")}`;
      link.append(...heading.childNodes);
      const entry = document.createElement("li");
      entry.append(link);
      list.append(entry);
    }
    cover.append(list);
  }
  book.prepend(cover);

  const style = new CSSStyleSheet();
  style.replaceSync(`
    .pdf-page { break-before: page; }
    .bd-article .pdf-page h1 { display: block !important; }
    .pdf-cover p { font-weight: 600; margin: 1.2rem 0 0.3rem; }
    .pdf-cover p:first-child { font-size: 2rem; margin-top: 6rem; }
    .pdf-cover p:nth-child(2) { font-weight: 400; margin-bottom: 4rem; }
    .pdf-cover ul { list-style: none; padding: 0; margin: 0; }
    .pdf-cover a { color: inherit; text-decoration: none; }
  `);
  document.adoptedStyleSheets = [style];
  document.querySelector(".bd-article").replaceWith(book);
  document.title = title;
  document.documentElement.dataset.theme = "light";
  await document.fonts.ready;
  await Promise.all([...document.images].map((image) => image.decode()));

  return [...book.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) => {
    const words = heading.cloneNode(true);
    for (const part of words.querySelectorAll(".headerlink, .katex-mathml")) part.remove();
    return words.textContent.trim();
  });
};
