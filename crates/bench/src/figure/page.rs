//! What the page weighs.

use crate::http::Http;
use crate::parts::Parts;
use crate::result::Figure;
use crate::world::World;
use anyhow::{Result, ensure};
use std::collections::BTreeSet;

const HOW: &str = "`/` and every file that it or its scripts name, fetched from the release binary with \
    `Accept-Encoding: br`; bytes of the bodies as they came. *Baseline*: the same files without compression. \
    1 KB is 1000 bytes.";

/// Measures it.
pub(crate) async fn measure(parts: &Parts) -> Result<Figure> {
    let mut figure = Figure::new("page", "The page over the wire", HOW);
    let world = World::start(parts).await?;
    let mut http = world.http().await?;
    let (mut packed, mut plain) = (0.0, 0.0);
    let mut left = vec!["/".to_owned()];
    let mut seen: BTreeSet<String> = left.iter().cloned().collect();
    while let Some(path) = left.pop() {
        let (bytes, text) = fetch(&mut http, &path, &mut packed).await?;
        plain += bytes;
        figure.keep(&format!("bytes of {}", kind(&path)), [bytes]);
        for name in named(&text) {
            if seen.insert(name.clone()) {
                left.push(name);
            }
        }
    }
    ensure!(seen.iter().any(|path| path.ends_with(".wasm")), "the binary has no page inside, only {seen:?}");
    figure.plain("all of it, brotli", Some(250.0), "KB", vec![packed / 1000.0]);
    figure.ratio("brotli against plain", None, "KB", vec![[packed / 1000.0, plain / 1000.0]]);
    figure.plain("files", None, "files", vec![seen.len() as f64]);
    world.close().await?;
    Ok(figure)
}

/// The size of a file without compression and its text; adds what it weighs with.
async fn fetch(http: &mut Http, path: &str, packed: &mut f64) -> Result<(f64, String)> {
    let small = http.get(path, "accept-encoding: br\r\n").await?;
    let large = http.get(path, "").await?;
    ensure!(small.status == 200 && large.status == 200, "{path}: {} and {}", small.status, large.status);
    *packed += small.body.len() as f64;
    let text = if path.ends_with(".wasm") {
        String::new()
    } else {
        String::from_utf8_lossy(&large.body).into_owned()
    };
    Ok((large.body.len() as f64, text))
}

/// Files of the page that stand in this text between quotation marks: built ones have a hash in their name.
fn named(text: &str) -> Vec<String> {
    let words = text.split(['"', '\'', '`', '(', ')']).map(|word| word.trim_start_matches("./"));
    let files = words.filter(|word| {
        let known = [".js", ".css", ".wasm", ".svg", ".png", ".woff2"].iter().any(|end| word.ends_with(end));
        known && word.len() < 120 && has_hash(word) && !word.contains("://")
    });
    files.map(|word| format!("/{}", word.trim_start_matches('/'))).collect()
}

fn has_hash(name: &str) -> bool {
    name.split(['-', '_', '.']).any(|part| part.len() == 16 && part.chars().all(|c| c.is_ascii_hexdigit()))
}

fn kind(path: &str) -> &str {
    path.rsplit_once('.').map_or("html", |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn files_of_the_page_are_found_and_others_are_not() {
        let text = "<link href=\"/base-e94b1a54f2f72076.css\"> import('./page-acdc3de69161e04d.js'); 'x.js' \
            'page-acdc3de69161e04d_bg.wasm'";
        assert_eq!(
            named(text),
            ["/base-e94b1a54f2f72076.css", "/page-acdc3de69161e04d.js", "/page-acdc3de69161e04d_bg.wasm"]
        );
    }
}
