use serde::{Deserialize, Serialize};

/// So many attachments a message may have.
pub const ATTACHMENTS: usize = 10;

/// So many bytes the attachments of a message may have together, as they are sent: text, and base64 of images.
pub const ATTACHMENTS_BYTES: usize = 960 * 1024;

/// The kinds of images that are taken.
pub const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Something that goes with a message: a text with `text`, an image with `data`, never both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attachment {
    /// What people call it: 1 to 200 characters, no slash, no control characters.
    pub name: String,
    /// `image/png`, `image/jpeg`, `image/gif` or `image/webp` with `data`; of a text such as `text/plain`.
    pub mime_type: String,
    /// A text, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// An image, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

impl Attachment {
    /// What people are told of it.
    pub fn info(&self) -> AttachmentInfo {
        let size = match (&self.text, &self.data) {
            (Some(text), _) => text.len(),
            (None, Some(data)) => data.trim_end_matches('=').len() * 3 / 4,
            (None, None) => 0,
        };
        let (name, mime_type) = (self.name.clone(), self.mime_type.clone());
        AttachmentInfo { name, mime_type, size: size as u64 }
    }

    /// How many bytes it has as it is sent.
    pub fn weight(&self) -> usize {
        self.text.as_ref().map_or(0, String::len) + self.data.as_ref().map_or(0, String::len)
    }

    /// True for an image.
    pub fn is_image(&self) -> bool {
        self.data.is_some()
    }
}

/// What came with a message; read it at `…/turns/{turnId}/attachments/{index}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttachmentInfo {
    /// What people call it.
    pub name: String,
    /// Its kind.
    pub mime_type: String,
    /// In bytes.
    pub size: u64,
}

impl AttachmentInfo {
    /// True for an image.
    pub fn is_image(&self) -> bool {
        IMAGES.contains(&self.mime_type.as_str())
    }
}

/// What an agent takes with a message beyond its words (ACP `promptCapabilities`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Accepts {
    /// Images.
    pub images: bool,
    /// Texts.
    pub texts: bool,
}

/// A file of a project's workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkspaceFile {
    /// Below the workspace, `/` between folders.
    pub path: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_of_what_is_meant_and_weights_of_what_is_sent() {
        let of = |text: Option<&str>, data: Option<&str>| Attachment {
            name: "a".into(),
            mime_type: "x/y".into(),
            text: text.map(Into::into),
            data: data.map(Into::into),
        };
        for (data, size) in [("", 0), ("QQ==", 1), ("QUI=", 2), ("QUJD", 3)] {
            let image = of(None, Some(data));
            assert_eq!((image.info().size, image.weight()), (size, data.len()), "{data}");
        }
        assert_eq!(of(Some("ä"), None).info().size, 2);
    }
}
