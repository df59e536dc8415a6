//! The page: what it weighs, and how it does in a real Chromium.

mod browser;
mod first;
mod hour;
mod scroll;
mod stream;

use crate::http::Http;
use crate::parts::Parts;
use crate::result::Figure;
use crate::world::World;
use anyhow::{Result, ensure};
use std::collections::BTreeSet;

const HOW: &str = "In Chromium, without its cache but where that is said; times are the browser's own. \
    *Weight*: what it transfers until the fleet is shown, headers and all, without what the API answers; all parts \
    are `/` and every file that it or its scripts name, as bodies; 1 KB is 1000 bytes. \
    *Interactive*: from the start of the navigation until the frame with the cards of 100 projects is painted and the \
    page takes events again, against a React page (`frontend/bench/react`) with the same styles and cards, from the \
    same stream of the same server; one program hands out both pages in the same way. \
    *Frames*: the times between two callbacks of `requestAnimationFrame`; at 60 a second they are 16.67 ms, which the \
    browser tells in steps of 0.1 ms: an empty page too has some of 16.8, so that is the goal. The page's work for a \
    frame is the CPU time of its main thread from one to the next: what else this machine does is no part of it. What \
    frames are compared with is another page at the same place of the same run: while words stream, an empty animation \
    beside a turn of the same kind; for a scroll, the same elements and styles as a file, with nothing that runs. A \
    scroll goes a sixtieth of its pace at each frame. \
    Streaming is a turn of the real Goose, a word every 5 ms. Of ten thousand projects all are the server's; the ten \
    thousand messages are made up between server and page. \
    *An hour*: 60 turns of 12 000 chunks each, made of a real turn's events and told as fast as the page takes them; \
    after each, its garbage collected, the memory of scripts, document and program, less the text said so far. Growth \
    is the median of the last quarter of the hour against that of the first.";

/// Measures it.
pub(crate) async fn measure(parts: &Parts) -> Result<Figure> {
    let mut figure = Figure::new("page", "The page", HOW);
    first::measure(parts, &mut figure).await?;
    whole(parts, &mut figure).await?;
    stream::measure(parts, &mut figure).await?;
    hour::measure(parts, &mut figure).await?;
    scroll::measure(parts, &mut figure).await?;
    Ok(figure)
}

/// All parts, also those that are fetched only when they are first shown.
async fn whole(parts: &Parts, figure: &mut Figure) -> Result<()> {
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
    figure.plain("all parts, brotli", None, "KB", vec![packed / 1000.0]);
    figure.ratio("their brotli against plain", None, "KB", vec![[packed / 1000.0, plain / 1000.0]]);
    figure.plain("their files", None, "files", vec![seen.len() as f64]);
    world.close().await
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
