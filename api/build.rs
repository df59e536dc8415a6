//! Puts the page into the binary: every file of `frontend/dist` with its type, its tag and its brotli form.
//! Without a built page, a small one that says how to build it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

const MISSING: &str = include_str!("assets/missing.html");

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let frontend = root.join("../frontend");
    let dist = frontend.join("dist");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=assets/missing.html");
    // Cargo cannot watch what is not there, but it sees the folder get one.
    println!("cargo:rerun-if-changed={}", if dist.exists() { &dist } else { &frontend }.display());
    let mut files = Vec::new();
    collect(&dist, "", &mut files)?;
    let built = files.iter().any(|(path, _)| path == "/index.html");
    if !built {
        files = vec![("/index.html".to_owned(), MISSING.as_bytes().to_vec())];
    }
    files.sort();
    let mut code = fs::File::create(out.join("page.rs"))?;
    writeln!(code, "const BUILT: bool = {built};")?;
    writeln!(
        code,
        "/// What the page may load: nothing from elsewhere.\npub const CSP: &str = {:?};",
        policy(&files)
    )?;
    writeln!(code, "const ASSETS: &[Asset] = &[")?;
    for (path, bytes) in &files {
        asset(&mut code, &out, path, bytes)?;
    }
    writeln!(code, "];")
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}/{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else if !name.starts_with('.') {
            files.push((path, fs::read(entry.path())?));
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn asset(code: &mut fs::File, out: &Path, path: &str, bytes: &[u8]) -> io::Result<()> {
    let hash = hex(bytes);
    let (plain, packed) = (out.join(format!("{hash}.plain")), out.join(format!("{hash}.br")));
    // A file of this content was compressed before: it is taken as it is.
    if !packed.exists() {
        fs::write(&plain, bytes)?;
        let fresh = out.join(format!("{hash}.new"));
        fs::write(&fresh, compress(bytes)?)?;
        fs::rename(fresh, &packed)?;
    }
    let gains = fs::metadata(&packed)?.len() * 10 < bytes.len() as u64 * 9;
    let brotli = if gains { format!("Some(include_bytes!({packed:?}))") } else { "None".to_owned() };
    writeln!(
        code,
        "    Asset {{ path: {path:?}, kind: {:?}, etag: {:?}, immutable: {}, plain: include_bytes!({plain:?}), brotli: {brotli} }},",
        kind(path),
        format!("\"{hash}\""),
        hashed(path),
    )
}

fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params)?;
    Ok(packed)
}

/// Whether the name holds a hash: 12 or more hex digits after a dash.
fn hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(['-', '_', '.'])
        .skip(1)
        .any(|part| part.len() >= 12 && part.bytes().all(|c| c.is_ascii_hexdigit()))
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The policy, with the hashes of what scripts and styles stand inside `index.html`.
fn policy(files: &[(String, Vec<u8>)]) -> String {
    let index = files.iter().find(|(path, _)| path == "/index.html");
    let html = index.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    let (scripts, styles) = (hashes(&html, "script"), hashes(&html, "style"));
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'{styles}; connect-src 'self'; \
         img-src 'self' data:; font-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
         form-action 'self'"
    )
}

fn hashes(html: &str, tag: &str) -> String {
    let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
    let (mut rest, mut list) = (html, String::new());
    while let Some(at) = rest.find(&open) {
        rest = &rest[at + open.len()..];
        let Some((attributes, body)) = rest.split_once('>') else { break };
        let Some(end) = body.find(&close) else { break };
        if !attributes.contains("src=") && !body[..end].is_empty() {
            list.push_str(&format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(&body.as_bytes()[..end]))));
        }
        rest = &body[end..];
    }
    list
}
