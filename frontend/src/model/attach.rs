//! What a person puts to a message: what is taken, and why something is not.

use super::plain;
use gaggle_shared::{ATTACHMENTS, ATTACHMENTS_BYTES, Accepts, Attachment, IMAGES};

/// Takes a file along, or says in a sentence why not. `there` is what comes along already; what the agent accepts is
/// not known before it has said so.
///
/// # Errors
/// The sentence.
pub fn attach(
    name: &str,
    kind: &str,
    bytes: Vec<u8>,
    accepts: Option<Accepts>,
    there: &[Attachment],
) -> Result<Attachment, String> {
    let name = tame(name);
    let shown = plain::line(&name);
    if there.len() >= ATTACHMENTS {
        return Err(format!("{shown} was not attached: a message takes at most {ATTACHMENTS}."));
    }
    let accepts = accepts.unwrap_or(Accepts { images: true, texts: true });
    let made = if IMAGES.contains(&kind) {
        if !accepts.images {
            return Err(format!("{shown} was not attached: this agent takes no images."));
        }
        Attachment { name, mime_type: kind.into(), text: None, data: Some(base64(&bytes)) }
    } else {
        let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        let Some(text) = text else {
            return Err(format!(
                "{shown} was not attached: it is neither a text nor a PNG, JPEG, GIF or WebP image."
            ));
        };
        if !accepts.texts {
            return Err(format!("{shown} was not attached: this agent takes no files."));
        }
        let text_kind = kind.starts_with("text/") || kind == "application/json";
        let mime_type = if text_kind { kind } else { "text/plain" }.into();
        Attachment { name, mime_type, text: Some(text), data: None }
    };
    let together = there.iter().map(Attachment::weight).sum::<usize>() + made.weight();
    if together > ATTACHMENTS_BYTES { Err(too_large(&made.name)) } else { Ok(made) }
}

/// Says that a file is too large; what is larger than this need not be read.
pub fn too_large(name: &str) -> String {
    format!(
        "{} was not attached: together, attachments take at most {} (images a third more than their size). \
         Put it into the project's workspace instead, or make it smaller.",
        plain::line(&tame(name)),
        size(ATTACHMENTS_BYTES as u64)
    )
}

/// A size for people.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// The address of an image that is not sent yet.
pub fn preview(one: &Attachment) -> Option<String> {
    let data = one.data.as_ref()?;
    IMAGES.contains(&one.mime_type.as_str()).then(|| format!("data:{};base64,{data}", one.mime_type))
}

/// A file's own name, as the server takes it.
fn tame(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let tame: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
    if tame.is_empty() { "file".into() } else { tame }
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let sign = SIGNS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place > three.len() { '=' } else { sign.into() });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(name: &str, kind: &str, bytes: &[u8]) -> Result<Attachment, String> {
        attach(name, kind, bytes.to_vec(), None, &[])
    }

    #[test]
    fn images_and_texts_are_taken() {
        let image = take("C:\\x\\dot.png", "image/png", b"AB").unwrap();
        assert_eq!((image.name.as_str(), image.data.as_deref()), ("dot.png", Some("QUI=")));
        assert_eq!(preview(&image).as_deref(), Some("data:image/png;base64,QUI="));
        let text = take("a.rs", "", b"fn main() {}").unwrap();
        assert_eq!((text.mime_type.as_str(), text.text.as_deref()), ("text/plain", Some("fn main() {}")));
        assert_eq!(take("a.svg", "image/svg+xml", b"<svg/>").unwrap().mime_type, "text/plain");
        for (bytes, signs) in [(&b""[..], ""), (b"A", "QQ=="), (b"ABC", "QUJD"), (b"\xff\xff\xff", "////")] {
            assert_eq!(base64(bytes), signs);
        }
    }

    #[test]
    fn what_is_not_taken_is_told_in_a_sentence() {
        let told = |result: Result<Attachment, String>| result.unwrap_err();
        assert!(told(take("a.zip", "application/zip", b"PK\0")).contains("neither a text nor"));
        assert!(told(take("a.bin", "", b"\xff\xfe")).contains("neither a text nor"));
        assert!(told(take("big.txt", "", &vec![b'x'; ATTACHMENTS_BYTES + 1])).contains("at most 960 KB"));
        let there = vec![take("a", "", b"x").unwrap(); ATTACHMENTS];
        assert!(told(attach("b", "", vec![b'x'], None, &there)).contains("at most 10"));
        let none = Some(Accepts::default());
        assert!(told(attach("b.png", "image/png", vec![], none, &[])).contains("takes no images"));
        assert!(told(attach("b", "", vec![b'x'], none, &[])).contains("takes no files"));
        assert!(!told(take("\u{202e}gnp.zip", "", b"\0")).contains('\u{202e}'));
    }

    #[test]
    fn sizes_are_for_people() {
        assert_eq!([size(7), size(1025), size(1_572_864)], ["7 B", "2 KB", "1.5 MB"]);
    }
}
