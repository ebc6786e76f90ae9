// What a page does beyond the theme's scripts. Without JavaScript, all of it can still be read.
{
  const all = (selector) => [...document.querySelectorAll(selector)];

  // The Tab key stops only at those boxes that have to be scrolled. Measured as they
  // come into view, for measuring all of them at once would lay out the whole page first.
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  const boxes = all(".formula, .math.long, pre, .output, .pst-scrollable-table-container");
  for (const box of boxes) seen.observe(box);

  // On paper, solutions and folded code are open, and the page is light.
  const page = document.documentElement.dataset;
  let opened = [];
  let theme;
  addEventListener("beforeprint", () => {
    theme = page.theme;
    page.theme = "light";
    opened = all("details:not([open])");
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    page.theme = theme;
    for (const fold of opened) fold.open = false;
  });
  for (const button of all("[data-print]")) button.addEventListener("click", () => print());

  document.querySelector(".bd-search-container input")?.focus();
}
