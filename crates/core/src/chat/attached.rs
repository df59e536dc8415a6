//! What comes with a message: its rules, and what an agent does not take.

use super::end_turn;
use crate::{draft::Draft, error::Error, record::TurnStage};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use gaggle_shared::{ATTACHMENTS, ATTACHMENTS_BYTES, Accepts, Attachment, Code, Failure, IMAGES, StopReason};

/// How each kind of image begins.
const HEADS: [(&str, usize, &[u8]); 4] = [
    (IMAGES[0], 0, b"\x89PNG\r\n\x1a\n"),
    (IMAGES[1], 0, b"\xff\xd8\xff"),
    (IMAGES[2], 0, b"GIF8"),
    (IMAGES[3], 8, b"WEBP"),
];

/// Holds what was sent against the rules.
pub(crate) fn check(all: &[Attachment]) -> Result<(), Error> {
    if all.len() > ATTACHMENTS {
        return Err(refused("attachments", &format!("at most {ATTACHMENTS}")));
    }
    if all.iter().map(Attachment::weight).sum::<usize>() > ATTACHMENTS_BYTES {
        let kib = ATTACHMENTS_BYTES / 1024;
        return Err(refused("attachments", &format!("at most {kib} KiB together, images counted as base64"))
            .hint("send fewer or smaller ones, or put the file into the project's workspace"));
    }
    for (index, one) in all.iter().enumerate() {
        let field = |name: &str| format!("attachments[{index}].{name}");
        let named = (1..=200).contains(&one.name.chars().count())
            && !one.name.chars().any(|c| c.is_control() || c == '/' || c == '\\');
        if !named {
            return Err(refused(&field("name"), "1 to 200 characters, no slash, no control characters"));
        }
        match (&one.text, &one.data) {
            (Some(_), None) if !is_kind(&one.mime_type) || one.mime_type.starts_with("image/") => {
                return Err(refused(&field("mimeType"), "of a text, such as text/plain"));
            }
            (Some(_), None) => {}
            (None, Some(data)) => image(one, data).map_err(|(name, rule)| refused(&field(name), rule))?,
            _ => return Err(refused(&field("text"), "either text or data, not both")),
        }
    }
    Ok(())
}

/// Ends waiting turns that bring what the agent does not take.
pub(super) fn refuse(draft: &mut Draft<'_>, accepts: Accepts) {
    let waits = |stage: &TurnStage| matches!(stage, TurnStage::Queued | TurnStage::Sent { .. });
    let of = draft.record.turns.iter().filter(|turn| waits(&turn.stage));
    let refused: Vec<_> =
        of.filter_map(|turn| Some((turn.id.clone(), not_taken(accepts, &turn.attachments)?))).collect();
    for (id, what) in refused {
        let failure = Failure {
            code: Code::InvalidRequest,
            message: format!("the agent takes no {what}"),
            hint: Some("send the message without them".into()),
            detail: None,
            since: draft.now,
        };
        end_turn(draft, &id, StopReason::Failed, Some(failure));
    }
}

/// What of this an agent does not take, in a word.
pub(crate) fn not_taken(accepts: Accepts, all: &[Attachment]) -> Option<&'static str> {
    if !accepts.images && all.iter().any(Attachment::is_image) {
        return Some("images");
    }
    (!accepts.texts && all.iter().any(|one| !one.is_image())).then_some("text files")
}

fn image(one: &Attachment, data: &str) -> Result<(), (&'static str, &'static str)> {
    let head = HEADS.iter().find(|(kind, ..)| *kind == one.mime_type);
    let (_, at, head_bytes) =
        head.ok_or(("mimeType", "of an image: image/png, image/jpeg, image/gif or image/webp"))?;
    // All of it is looked at now: whoever shows it later may rely on it.
    let bytes = BASE64_STANDARD.decode(data).map_err(|_| ("data", "base64, without line breaks"))?;
    match bytes.get(*at..).is_some_and(|from| from.starts_with(head_bytes)) {
        true => Ok(()),
        false => Err(("data", "an image of the kind that mimeType names")),
    }
}

/// `type/subtype`, as RFC 6838 has them, with parameters if need be.
fn is_kind(kind: &str) -> bool {
    let name = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let bare = kind.split(';').next().unwrap_or_default().trim();
    kind.len() <= 100 && kind.is_ascii() && bare.split_once('/').is_some_and(|(a, b)| name(a) && name(b))
}

fn refused(field: &str, rule: &str) -> Error {
    Error::new(Code::InvalidRequest, format!("{field}: {rule}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

    fn image(kind: &str, data: &str) -> Attachment {
        Attachment { name: "a".into(), mime_type: kind.into(), text: None, data: Some(data.into()) }
    }

    fn text(name: &str, kind: &str) -> Attachment {
        Attachment { name: name.into(), mime_type: kind.into(), text: Some("x".into()), data: None }
    }

    fn rule(one: Attachment) -> String {
        check(&[one]).unwrap_err().message
    }

    #[test]
    fn good_images_and_texts_are_taken() {
        check(&[image("image/png", PNG), text("notes.md", "text/markdown; charset=utf-8")]).unwrap();
        check(&[image("image/gif", "R0lGODlhAQABAAAAACw="), image("image/jpeg", "/9j/4AAQ")]).unwrap();
        check(&[image("image/webp", "UklGRhoAAABXRUJQVlA4TA0=")]).unwrap();
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        for (one, field) in [
            (image("image/svg+xml", "PHN2Zz4="), "attachments[0].mimeType"),
            (image("image/jpeg", PNG), "attachments[0].data"),
            (image("image/png", "not base64!"), "attachments[0].data"),
            (image("image/png", "iVBORw0KGgo\n"), "attachments[0].data"),
            (image("image/png", ""), "attachments[0].data"),
            (text("../a", "text/plain"), "attachments[0].name"),
            (text("", "text/plain"), "attachments[0].name"),
            (text("a\u{1b}", "text/plain"), "attachments[0].name"),
            (text("a", "text"), "attachments[0].mimeType"),
            (text("a", "text/pl ain\r\nx: y"), "attachments[0].mimeType"),
            (text("a", "image/png"), "attachments[0].mimeType"),
            (Attachment { data: Some(PNG.into()), ..text("a", "text/plain") }, "attachments[0].text"),
            (Attachment { text: None, ..text("a", "text/plain") }, "attachments[0].text"),
            (
                Attachment { text: Some("x".repeat(ATTACHMENTS_BYTES + 1)), ..text("a", "text/plain") },
                "attachments:",
            ),
        ] {
            let said = rule(one.clone());
            assert!(said.starts_with(field), "{field}: {said}");
        }
        assert!(check(&vec![text("a", "text/plain"); ATTACHMENTS + 1]).is_err());
    }

    #[test]
    fn an_agent_says_what_it_takes() {
        let all = [image("image/png", PNG), text("a", "text/plain")];
        let of = |images, texts| not_taken(Accepts { images, texts }, &all);
        assert_eq!(
            [of(true, true), of(false, true), of(true, false)],
            [None, Some("images"), Some("text files")]
        );
    }
}
