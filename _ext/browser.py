"""Open the built pages in a real browser: Chromium, driven by Playwright.

The tests of the pages, the measurements and the printed book all use this module. The
browser is the system's, so that nothing is downloaded; CHROMIUM names another one.
"""

from __future__ import annotations

import gzip
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# 1.6 Mbit/s and 150 ms, a processor that takes PHONE_WORK milliseconds for _WORK (a quarter as fast
# as the machine on which the targets were set), 360 pixels wide.
PHONE = {"width": 360, "height": 740}
PHONE_WORK = 400
DESKTOP = {"width": 1280, "height": 800}


def chromium() -> str:
    """Return the path of the browser; RuntimeError says how to get one."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path or not Path(path).is_file():
        raise RuntimeError(
            f"no browser at {path or 'chromium (searched on the PATH)'}: install Chromium "
            "(Debian, Ubuntu: sudo apt-get install chromium) or name one in CHROMIUM"
        )
    return path


@contextmanager
def launched() -> Iterator[Browser]:
    """Give a browser with a new profile, without anything it would fetch on its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@lru_cache(maxsize=1000)
def _compressed(path: str, changed: float) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 6, mtime=0)


class _Handler(SimpleHTTPRequestHandler):
    """Serves files as a web host does: kept connections, text compressed with gzip."""

    protocol_version = "HTTP/1.1"
    packed = (".html", ".css", ".js", ".json", ".svg", ".ipynb", ".wasm")

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if not path.is_file():
            self.send_error(404)
            return
        packed = path.suffix in self.packed
        body = _compressed(str(path), path.stat().st_mtime) if packed else path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; gives the address, without a final slash."""
    handler = partial(_Handler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


# The first formula counts as visible when it is laid out with size in the fonts it asks for.
_WATCH = """
window.measured = {math: null, shift: 0};
let stands;
window.formulaStands = new Promise((resolve, reject) => {
  stands = resolve;
  setTimeout(() => reject(new Error('no formula within a minute')), 60000);
});
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) measured.shift += entry.value;
  }
}).observe({type: 'layout-shift', buffered: true});
const painted = new MessageChannel();
painted.port1.onmessage = () => {
  measured.math = performance.now();
  stands();
};
requestAnimationFrame(function look() {
  const sheets = [...document.querySelectorAll('link[rel=stylesheet]')];
  if (document.body && sheets.every((link) => link.sheet)) {
    const formula = document.querySelector('.katex-html .base, mjx-container[jax] mjx-math');
    if (formula) {
      const box = formula.getBoundingClientRect();
      const ready = [...formula.querySelectorAll('*'), formula].every((node) => {
        const style = getComputedStyle(node);
        return document.fonts.check(
          `${style.fontStyle} ${style.fontWeight} 16px ${style.fontFamily}`);
      });
      if (box.width > 0 && box.height > 0 && ready) {
        painted.port2.postMessage(null); // arrives when the frame that begins here is painted
        return;
      }
    }
  }
  requestAnimationFrame(look);
});
"""


_WORK = """() => {
  const start = performance.now();
  for (let round = 0; round < 20; round++) {
    const box = document.createElement('div');
    box.innerHTML = '<p>Some <b>words</b> and <i>more</i> <span>of them</span></p>'.repeat(200);
    document.body.append(box);
    box.getBoundingClientRect();
    box.remove();
  }
  return performance.now() - start;
}"""


def slowdown(page: Page) -> float:
    """Return how many times slower than now the phone is; at least 1. Best of three tries."""
    return max(1.0, PHONE_WORK / min(page.evaluate(_WORK) for _ in range(3)))


def measure(browser: Browser, address: str, phone: bool) -> dict[str, float]:
    """Open a page once with an empty cache and return what a reader waits for.

    Returns
    -------
    dict
        `math`, seconds until the first formula stands in its fonts; `kilobytes`, all that was
        transferred; `shift`, the cumulative layout shift; `requests`.
    """
    context = browser.new_context(viewport=PHONE if phone else DESKTOP)
    page = context.new_page()
    rate = slowdown(page) if phone else 1
    page.add_init_script(_WATCH)
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    if phone:
        speed = 1.6e6 / 8
        devtools.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 150,
                "downloadThroughput": speed,
                "uploadThroughput": speed,
            },
        )
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    sizes: dict[str, float] = {}
    devtools.on(
        "Network.loadingFinished",
        lambda event: sizes.__setitem__(event["requestId"], event["encodedDataLength"]),
    )
    page.goto(address, wait_until="load")
    page.evaluate("formulaStands")
    known = -1
    while known != len(sizes):  # until half a second brings nothing more
        known = len(sizes)
        page.wait_for_timeout(500)
    found = page.evaluate("measured")
    context.close()
    return {
        "math": found["math"] / 1000,
        "kilobytes": sum(sizes.values()) / 1000,
        "shift": found["shift"],
        "requests": len(sizes),
    }
