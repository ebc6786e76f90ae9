// Renders formulas: a line of JSON in ({tex, display}), a line of JSON out ({html} or {error}).
const katex = require("katex");

// KaTeX throws at most mistakes; commands it does not allow it only prints in this colour.
const errorColor = "#cc0000";

function render({ tex, display }) {
  const html = katex.renderToString(tex, { displayMode: display, strict: "error", errorColor });
  if (html.includes(errorColor)) {
    throw new Error("KaTeX error: a command that is not allowed");
  }
  return html;
}

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try {
    answer = { html: render(JSON.parse(line)) };
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
});
