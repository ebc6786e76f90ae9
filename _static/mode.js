// Before anything is drawn: light or dark, as the reader chose before or as the system says.
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
