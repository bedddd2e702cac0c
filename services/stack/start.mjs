#!/usr/bin/env node
// The first step of `npm start` and `npm test`, on whatever Node (20 or newer) the machine has and without node_modules:
// installs the packages when the lockfile asks for it, then goes on in the project's own Node.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as nodeModule from "node:module";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const stamp = join(root, "node_modules", ".helloagents-lockfile-sha256");
const lockfile = join(root, "package-lock.json");

const args = process.argv.slice(2);
const isTest = args[0] === "--run" && args[1] === "test";
const entry = join(root, "services/stack/src", isTest ? "test-run.ts" : "main.ts");

if (process.env.npm_lifecycle_event) endWithParent();
if (!isInstalled()) await install();
await goOn(isTest ? args.slice(2) : args);

/**
 * npm runs scripts in a shell and, when it is told to end, ends that shell and not what runs in it. So when our parent is gone,
 * we do as if the signal had reached us.
 */
function endWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, 500);
  timer.unref();
}

/** The packages are those of the lockfile: by the stamp of our own install, or as npm itself has noted them. */
function isInstalled() {
  if (!existsSync(join(root, "node_modules/.bin/node"))) return false;
  const hash = sha256(lockfile);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return true;
  if (!matchesNotesOfNpm()) return false;
  writeFileSync(stamp, hash);
  return true;
}

/** npm notes what it installed in node_modules/.package-lock.json; packages for other platforms are left out there. */
function matchesNotesOfNpm() {
  const notes = join(root, "node_modules/.package-lock.json");
  if (!existsSync(notes)) return false;
  try {
    const wanted = JSON.parse(readFileSync(lockfile, "utf8")).packages;
    const found = JSON.parse(readFileSync(notes, "utf8")).packages;
    return Object.entries(wanted).every(([path, { version, optional, link }]) => {
      if (!path.includes("node_modules/") || optional) return true;
      return link ? existsSync(join(root, path)) : found[path]?.version === version && existsSync(join(root, path));
    });
  } catch {
    return false;
  }
}

async function install() {
  const begun = Date.now();
  const passed = () => `${Math.round((Date.now() - begun) / 1000)} s`;
  console.log("  packages          installing from package-lock.json (npm ci)");
  const timer = setInterval(() => console.log(`  packages          installing (${passed()})`), 10_000);
  const npm = process.env.npm_execpath?.endsWith(".js") ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const code = await run(npm[0], [...npm.slice(1), "ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root });
  clearInterval(timer);
  if (code !== 0) {
    console.error(`error: npm ci failed (${code}); its messages are above. Repair that and start again.`);
    process.exit(1);
  }
  writeFileSync(stamp, sha256(lockfile));
  console.log(`  packages          installed in ${passed()}`);
}

async function goOn(rest) {
  const wanted = JSON.parse(readFileSync(join(root, "node_modules/node/package.json"), "utf8")).version.split(".")[0];
  if (process.versions.node.split(".")[0] === wanted) {
    nodeModule.enableCompileCache?.(compileCache());
    process.argv.splice(1, process.argv.length, entry, ...rest);
    await import(pathToFileURL(entry).href);
    return;
  }
  // Scripts of packages find the project's Node first; the open channel tells the child when we are killed.
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache(), PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH ?? ""}` };
  const code = await run(join(root, "node_modules/.bin/node"), [entry, ...rest], { env, stdio: ["inherit", "inherit", "inherit", "ipc"] });
  process.exit(typeof code === "number" ? code : 1);
}

/** Where Node keeps stripped and compiled sources: quicker starts and less memory. */
function compileCache() {
  return process.env.NODE_COMPILE_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "helloagents", "node");
}

/** Runs a program with this terminal, passes signals on, and gives its exit code or what ended it. */
function run(command, commandArgs, options) {
  return new Promise((done) => {
    const child = spawn(command, commandArgs, { stdio: "inherit", ...options });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    child.once("error", (error) => done(error.message));
    child.once("exit", (code, signal) => done(code ?? signal));
  });
}

function sha256(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
