"""What is asked of a page in the browser; each function returns the faults, one line each."""

from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent.parent
BOOK = ROOT / "_build" / "html"
AXE = ROOT / "_ext" / "node_modules" / "axe-core" / "axe.min.js"
A4 = 680  # pixels between the margins of a sheet of paper
VIOLATIONS = """
addEventListener('securitypolicyviolation', (event) => {
  (window.violations ??= []).push(
    `the policy forbids ${event.blockedURI || 'inline'} (${event.effectiveDirective})`);
});
"""


@contextmanager
def opened(chromium, address, width=1280, scheme="light", scripts=True):
    """Open a page; it has `faults`: foreign requests, violations of its policy, errors."""
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        java_script_enabled=scripts,
    )
    page = context.new_page()
    home = urlsplit(address).netloc
    page.faults = []
    if scripts:
        page.add_init_script(VIOLATIONS)

    def on_request(request):
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob", "about") and url.netloc != home:
            page.faults.append(f"asks {url.scheme}://{url.netloc}")

    page.on("request", on_request)
    page.on("requestfailed", lambda request: page.faults.append(f"cannot load {request.url}"))
    page.on("pageerror", lambda error: page.faults.append(f"script error: {error}"))
    page.on(
        "console",
        lambda message: (
            page.faults.append(f"console: {message.text}") if message.type == "error" else None
        ),
    )
    page.goto(address, wait_until="load")
    try:
        yield page
    finally:
        context.close()


def violations(page):
    """Return what the page's own policy did not let through."""
    return page.evaluate("window.violations ?? []")


def policy_faults(page):
    """Return what a page's policy allows and should not."""
    policy = page.evaluate(
        "document.querySelector('meta[http-equiv=Content-Security-Policy]')?.content"
    )
    if policy is None:
        return ["no Content-Security-Policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    found = [] if rules.get("default-src") == ["'none'"] else ["default-src is not 'none'"]
    for name, sources in rules.items():
        harmless = {"'none'", "'self'"}
        harmless |= {"'wasm-unsafe-eval'"} if name == "script-src" else set()
        harmless |= {"'unsafe-inline'"} if name == "style-src-attr" else set()
        harmless |= {"data:"} if name == "img-src" else set()
        found += [f"{name} allows {source}" for source in sources if source not in harmless]
    return found


def overflow(page):
    """Return what makes the page as a whole scroll sideways."""
    return page.evaluate("""() => {
      const width = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= width) return [];
      const clipped = (node) => {
        for (let up = node.parentElement; up && up !== document.body; up = up.parentElement) {
          if (getComputedStyle(up).overflowX !== 'visible') return true;
        }
        return false;
      };
      const wide = [...document.body.querySelectorAll('*')]
        .filter((node) => node.getBoundingClientRect().right > width + 1 && !clipped(node))
        .map((node) => `${node.tagName} ${node.className} reaches beyond ${width} pixels`);
      return wide.length ? wide.slice(0, 5) : ['the page scrolls sideways'];
    }""")


def unreachable(page):
    """Return the boxes that scroll sideways and cannot be reached with the Tab key."""
    return page.evaluate("""() => [...document.body.querySelectorAll('*')]
      .filter((node) => node.scrollWidth > node.clientWidth + 1
        && ['auto', 'scroll'].includes(getComputedStyle(node).overflowX)
        && node.checkVisibility()
        && node.tabIndex < 0
        && !node.querySelector('a[href], button, input, summary, [tabindex="0"]'))
      .map((node) => `${node.tagName} ${node.className} scrolls and takes no focus`)""")


def scroll_through(page):
    """Bring all of the page into view once, as a reader does, on a screen of great height."""
    size = page.viewport_size
    page.set_viewport_size({**size, "height": 8000})
    page.evaluate("""async () => {
      const frame = () => new Promise((next, fail) => {
        requestAnimationFrame(next);
        setTimeout(() => fail(new Error('nothing was drawn for half a minute')), 30000);
      });
      const step = innerHeight * 0.8;
      const loaded = () => [...document.fonts].filter((font) => font.status === 'loaded').length;
      let fonts;
      do { // again if that made the page load fonts, which change the width of what is out of sight
        fonts = loaded();
        for (let y = 0; y < document.documentElement.scrollHeight; y += step) {
          scrollTo(0, y);
          // A frame finds what is in view, the next lays it out, the next tells the page's script.
          for (let frames = 0; frames < 4; frames++) await frame();
        }
        await document.fonts.ready;
      } while (fonts !== loaded());
      scrollTo(0, 0);
    }""")
    page.set_viewport_size(size)


def axe(page):
    """Return the violations that axe-core reports once all of the page has been in view."""
    if not AXE.is_file():
        raise RuntimeError(f"axe-core is not at {AXE}: run make")
    # axe looks at a formula's MathML; the drawing beside it is hidden from assistive technology,
    # and as long as nothing in it takes the focus, it only costs two thirds of the time.
    page.evaluate("""() => {
      const drawn = [...document.querySelectorAll(
        '.katex-html[aria-hidden=true] > .base:not(:has(a, button, input, [tabindex]))')];
      const sizes = drawn.map((node) => node.getBoundingClientRect());
      drawn.forEach((node, at) => {
        node.replaceChildren();
        Object.assign(node.style, {
          display: 'inline-block', width: `${sizes[at].width}px`, height: `${sizes[at].height}px`});
      });
    }""")
    scroll_through(page)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then((r) => r.violations)")
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for violation in found
        for node in violation["nodes"][:3]
    ]


def repeated_ids(page):
    """Return the ids that stand on more than one element."""
    return page.evaluate("""() => {
      const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
      return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))].map((id) => `id ${id}`);
    }""")


def silent(page):
    """Return the formulas without MathML and the pictures without a text that says something."""
    return page.evaluate("""() => [
      ...[...document.querySelectorAll('.katex')]
        .filter((node) => !node.querySelector('math')?.textContent.trim())
        .map((node) => `formula without MathML: ${node.textContent.slice(0, 80)}`),
      ...[...document.querySelectorAll('.formula')]
        .filter((node) => !node.ariaLabel)
        .map((node) => `display without a name: ${node.textContent.slice(0, 80)}`),
      ...[...document.querySelectorAll('.bd-article img, body > img')]
        .filter((node) => node.alt.split(/\\s+/).length < 5)
        .map((node) => `picture ${node.src} says only: ${node.alt}`),
    ]""")


def covered(page):
    """Return the parts of a page that a printed copy would lack, cut off or show needlessly."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4, "height": 1000})
    return page.evaluate("""() => [
      ...(document.querySelector('h1')?.checkVisibility() ? [] : ['the title is missing']),
      ...[...document.querySelectorAll('details > :not(summary)')]
        .filter((node) => !node.checkVisibility() || !node.getBoundingClientRect().height)
        .map((node) => `folded away: ${node.textContent.slice(0, 80)}`),
      ...[...document.querySelectorAll('details > :not(summary)')]
        .filter((node) => node.getAnimations().length)
        .map((node) => `still fading in: ${node.textContent.slice(0, 80)}`),
      ...[...document.querySelectorAll('nav, button, .bd-sidebar, .prev-next-area, .headerlink')]
        .filter((node) => node.getBoundingClientRect().height > 0
          && getComputedStyle(node).visibility !== 'hidden')
        .map((node) => `printed: ${node.tagName} ${node.className}`),
      ...[...document.querySelectorAll('main :is(.katex-html, table, pre, img, svg)')]
        .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
        .map((node) => `beyond the edge: ${node.tagName} ${node.textContent.slice(0, 80)}`),
    ]""")
