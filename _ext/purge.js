// Drops style rules that nothing uses: {content, css} as JSON in, the style sheets as JSON out.
const { PurgeCSS } = require("purgecss");

async function main() {
  const { content, css } = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const kept = await new PurgeCSS().purge({
    content,
    css: css.map((raw) => ({ raw })),
    fontFace: true,
    keyframes: true,
    dynamicAttributes: ["data-theme", "data-mode", "open", "aria-expanded"],
  });
  console.log(JSON.stringify(kept.map((sheet) => sheet.css)));
}
main();
