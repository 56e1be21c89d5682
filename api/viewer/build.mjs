// Builds dist/ (app.js, app.css, index.html, fonts) and writes THIRD_PARTY_LICENSES from what the bundle really holds.
import { createHash } from "node:crypto";
import { build } from "esbuild";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FONTS = "node_modules/pretendard-gov/dist/web/static/woff2-subset";

rmSync("dist", { recursive: true, force: true });
mkdirSync("dist/fonts", { recursive: true });
for (const weight of ["Regular", "Bold"]) {
  cpSync(`${FONTS}/PretendardGOV-${weight}.subset.woff2`, `dist/fonts/PretendardGOV-${weight}.subset.woff2`);
}
cpSync("src/index.html", "dist/index.html");

const result = await build({
  entryPoints: { app: "src/main.js" },
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome109", "firefox115", "safari16"],
  charset: "utf8",
  legalComments: "none",
  external: ["./fonts/*"],
  metafile: true,
  outdir: "dist",
});

const packages = new Set(["pretendard-gov"]);
for (const output of Object.values(result.metafile.outputs)) {
  for (const [path, input] of Object.entries(output.inputs)) {
    const held = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (held && input.bytesInOutput > 0) packages.add(held[1]);
  }
}
writeFileSync("THIRD_PARTY_LICENSES", [...packages].sort().map(licence).join(`\n${"=".repeat(80)}\n\n`));
stripAddresses("package-lock.json");
writeFileSync("dist/sources.sha256", `${fingerprint()}\n`);

function licence(name) {
  const folder = `node_modules/${name}`;
  const about = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = [folder, `${folder}/dist`]
    .filter(existsSync)
    .flatMap((place) => readdirSync(place).filter((entry) => /^licen[cs]e/i.test(entry)).map((entry) => join(place, entry)))[0];
  if (!file) throw new Error(`${name} carries no LICENSE file: the bundle may not be shipped with it`);
  return `${name} ${about.version} (${about.license})\n\n${readFileSync(file, "utf8").trim()}\n`;
}

// A test compares this with the sources, so that a bundle is never older than what it was built from.
function fingerprint() {
  const sources = readdirSync("src").sort().map((name) => `src/${name}`);
  const hash = createHash("sha256");
  for (const path of [...sources, "../../geo/maps/static/style.json", "package.json", "build.mjs"]) hash.update(readFileSync(path));
  return hash.digest("hex");
}

// The lock pins versions and checksums; where they are downloaded from is the machine's own business.
function stripAddresses(path) {
  const lock = JSON.parse(readFileSync(path, "utf8"));
  for (const entry of Object.values(lock.packages)) delete entry.resolved;
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
}
