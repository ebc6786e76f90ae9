// Before anything is drawn. Light or dark, as the reader chose before or as the system says:
{
  const page = document.documentElement.dataset;
  let mode = "auto";
  try {
    mode = localStorage.getItem("mode") || mode;
  } catch {
    // Storage is switched off: the system decides.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  page.mode = mode;
  page.theme = mode === "auto" ? (dark ? "dark" : "light") : mode;
}
// The fonts that are fetched ahead are made ready, so that the first layout has them already. (If
// that fails, as in a folder without a server, the style sheet names them too.)
for (const { href } of document.querySelectorAll("link[rel=preload][as=font]")) {
  const [, family, cut] = href.match(/(\w+)-(\w+)\.woff2$/);
  const style = cut === "Italic" ? "italic" : "normal";
  const font = new FontFace(family, `url(${href})`, { style });
  document.fonts.add(font);
  font.load().catch(() => document.fonts.delete(font));
}
