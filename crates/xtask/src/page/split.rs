//! Takes the built program apart: what the fleet needs stays, each part becomes a file that is fetched when it is first
//! shown. trunk's unsplit page works too; this replaces its program in `dist` by the pieces.

use super::{html, lean::lean, names};
use crate::tools::page::PageTools;
use crate::{hash, process, say, workspace};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name of the program and its glue.
const NAME: &str = "gaggle-page";
/// Loads the pieces; the splitter's name for it.
const LOADER: &str = "__wasm_split.js";

/// Replaces the program in `dist`, and joins the style sheets.
pub(super) fn apply(tools: &PageTools, dist: &Path) -> Result<()> {
    say::step("taking the page apart");
    let folder = workspace::target_dir()?.join("page");
    let program = folder.join("wasm32-unknown-unknown").join("page").join(format!("{NAME}.wasm"));
    let work = folder.join("split");
    fs::remove_dir_all(&work).ok();
    fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    cut(tools, &program, &work)?;
    let index = dist.join("index.html");
    let page = fs::read_to_string(&index).with_context(|| format!("trunk wrote no {}", index.display()))?;
    let page = put(&work, dist, &page)?;
    let page = join_sheets(dist, &page)?;
    fs::write(&index, lean(&page)?)?;
    Ok(())
}

/// The splitter first: it needs the relocations that wasm-bindgen drops.
fn cut(tools: &PageTools, program: &Path, work: &Path) -> Result<()> {
    let mut split = Command::new(&tools.wasm_split);
    split.args(["--target", "web", "--out-name", NAME]).arg(program).arg(work);
    process::run_on_stderr(&mut split)?;
    let whole = work.join(format!("{NAME}.wasm"));
    let mut bindgen = Command::new(&tools.wasm_bindgen);
    bindgen.args(["--target", "web", "--no-typescript", "--out-name", NAME]);
    // The pieces call the program by the names that the linker gave.
    bindgen.args(["--keep-lld-exports", "--no-demangle", "--out-dir"]).arg(work).arg(&whole);
    process::run_on_stderr(&mut bindgen)?;
    fs::remove_file(whole)?;
    for piece in files(work, ".wasm")? {
        let mut shrink = Command::new(&tools.wasm_opt);
        // Larger than with `-Oz` until it is compressed, then smaller; and faster.
        shrink.args(["-Os", "--reorder-locals", "--strip-producers", "--strip-target-features"]);
        process::run_on_stderr(shrink.arg(&piece).arg("-o").arg(&piece))?;
    }
    Ok(())
}

/// Moves the pieces into `dist` under names with their hashes; returns the page that names them.
fn put(work: &Path, dist: &Path, page: &str) -> Result<String> {
    let program = work.join(format!("{NAME}_bg.wasm"));
    let glue = fs::read_to_string(work.join(format!("{NAME}.js")))?;
    let (glue, bytes) = names::shorten(&glue, &fs::read(&program)?)?;
    let program_now = format!("{NAME}_bg-{}.wasm", hash::bytes(&bytes));
    fs::write(dist.join(&program_now), bytes)?;
    fs::remove_file(program)?;
    let (mut loader, mut links) = (fs::read_to_string(work.join(LOADER))?, String::new());
    for piece in files(work, ".wasm")? {
        let bytes = fs::read(&piece)?;
        let name = piece.file_name().and_then(|n| n.to_str()).context("a piece without a name")?;
        let hashed = name.replace(".wasm", &format!("-{}.wasm", hash::bytes(&bytes)));
        fs::write(dist.join(&hashed), bytes)?;
        let quoted = format!("\"./{name}\"");
        if !loader.contains(&quoted) {
            bail!("{LOADER} does not load {name}: another splitter than expected");
        }
        loader = loader.replace(&quoted, &format!("\"./{hashed}\""));
        if let Some(part) = name.strip_prefix("split_").and_then(|rest| rest.strip_suffix(".wasm")) {
            links.push_str(&format!("<link data-part=\"{part}\" href=\"/{hashed}\">"));
        }
    }
    let script = lean(&joined(&glue, &loader)?.replace(&format!("{NAME}_bg.wasm"), &program_now))?;
    let script_now = format!("{NAME}-{}.js", hash::bytes(script.as_bytes()));
    fs::write(dist.join(&script_now), script)?;

    let page = rename(page, dist, &format!("{NAME}-"), "_bg.wasm", &program_now)?;
    let page = rename(&page, dist, &format!("{NAME}-"), ".js", &script_now)?;
    Ok(html::with_links(&page, &links))
}

/// The glue with the loader of the parts in it: the two import each other, and one file is there sooner than two.
fn joined(glue: &str, loader: &str) -> Result<String> {
    const EXPORT: &str = "export const ";
    let own = format!("import {{ initSync }} from \"./{NAME}.js\";");
    let (Some(loader), true) = (loader.strip_prefix(&own), loader.contains(EXPORT)) else {
        bail!("{LOADER} is not as expected: another splitter?");
    };
    let loads: Vec<_> = loader.split(EXPORT).skip(1).filter_map(|rest| rest.split(' ').next()).collect();
    let (loader, loads) = (loader.replace(EXPORT, "const "), format!("{{ {} }}", loads.join(", ")));
    let mut out = format!("{loader}\n");
    for line in glue.lines() {
        let imported = line.strip_prefix("import * as ").and_then(|rest| rest.split_once(" from "));
        match (imported, line.trim().strip_prefix(&format!("\"./{LOADER}\": "))) {
            // Its names are taken from here.
            (Some((_, from)), _) if from.contains(LOADER) => continue,
            (_, Some(_)) => out.push_str(&format!("\"./{LOADER}\": {loads},")),
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    if !out.contains(&format!("\"./{LOADER}\": {loads}")) {
        bail!("the glue does not import {LOADER}: another wasm-bindgen than expected");
    }
    Ok(out)
}

/// Has the page name `now` instead of trunk's file with this beginning and end, which is removed.
fn rename(page: &str, dist: &Path, start: &str, end: &str, now: &str) -> Result<String> {
    let mut names = page.split(['"', '/']).filter(|word| word.starts_with(start) && word.ends_with(end));
    let old = names.find(|word| *word != now).with_context(|| format!("the page names no {start}…{end}"))?;
    fs::remove_file(dist.join(old))?;
    Ok(page.replace(old, now))
}

/// One request and one window for the compressor instead of a dozen.
fn join_sheets(dist: &Path, page: &str) -> Result<String> {
    let mut all = String::new();
    for address in html::sheets(page) {
        let file = dist.join(address.trim_start_matches('/'));
        all.push_str(&fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?);
        all.push('\n');
        fs::remove_file(file)?;
    }
    let name = format!("style-{}.css", hash::bytes(all.as_bytes()));
    fs::write(dist.join(&name), all)?;
    Ok(html::with_one_sheet(page, &format!("/{name}")))
}

fn files(folder: &Path, end: &str) -> Result<Vec<PathBuf>> {
    let mut files: Vec<_> = fs::read_dir(folder)?.filter_map(|entry| entry.ok().map(|e| e.path())).collect();
    files.retain(|path| path.to_string_lossy().ends_with(end));
    files.sort();
    Ok(files)
}
