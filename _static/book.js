// What a page does beyond the theme's scripts. Without JavaScript, all of it can still be read.
{
  const all = (selector) => [...document.querySelectorAll(selector)];

  // The Tab key stops only at those boxes that have to be scrolled. Only those in view are
  // measured, for measuring all of them would lay out the whole page; and again when they or their
  // contents change in size, as they do when they are laid out, or when a font comes.
  const inView = new Set();
  function measure(box) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
  const sizes = new ResizeObserver(() => inView.forEach(measure));
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) measure(target);
      inView[isIntersecting ? "add" : "delete"](target);
      for (const part of [target, target.querySelector(".katex, table") ?? target]) {
        sizes[isIntersecting ? "observe" : "unobserve"](part);
      }
    }
  });
  for (const box of all(".formula, .math.long, pre, .output, .pst-scrollable-table-container")) {
    seen.observe(box);
  }

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
