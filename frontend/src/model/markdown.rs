//! Markdown as a tree of what a page may show: no raw HTML, no remote image, only safe links.

mod build;
#[cfg(test)]
mod tests;

pub use build::blocks;

/// A block of a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading of this level, 1 to 6.
    Heading(u8, Vec<Inline>),
    /// Code with its language, which may be empty.
    Code {
        /// What stands behind the fence.
        language: String,
        /// The code.
        text: String,
    },
    /// A quotation.
    Quote(Vec<Block>),
    /// A list; ordered from a number, or not.
    List {
        /// The first number of an ordered list.
        start: Option<u64>,
        /// Its items.
        items: Vec<Item>,
    },
    /// A table with its head row.
    Table {
        /// How each column stands.
        align: Vec<Align>,
        /// The head's cells.
        head: Vec<Vec<Inline>>,
        /// The rows' cells.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// A line across.
    Rule,
}

/// How a column of a table stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Align {
    /// As text does.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// As figures do.
    Right,
}

impl Align {
    /// The CSS class of its cells: the page's policy allows no inline style from a text.
    pub const fn class(self) -> Option<&'static str> {
        match self {
            Self::Left => None,
            Self::Center => Some("center"),
            Self::Right => Some("right"),
        }
    }
}

/// An item of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Item {
    /// Of a task list: whether it is done.
    pub done: Option<bool>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Inline {
    /// Text as it is; raw HTML is text too.
    Text(String),
    /// Code.
    Code(String),
    /// Stressed.
    Emphasis(Vec<Inline>),
    /// Stressed more.
    Strong(Vec<Inline>),
    /// Struck out.
    Struck(Vec<Inline>),
    /// A link that may be followed.
    Link {
        /// An http, https or mailto address.
        href: String,
        /// What stands for it.
        label: Vec<Inline>,
    },
    /// An image, as its description; nothing is fetched. A safe address can be followed by a click.
    Image {
        /// Its address, if safe.
        href: Option<String>,
        /// Its description.
        alt: String,
    },
    /// A line break.
    Break,
}

/// The address if a click on it can do no harm: http, https or mailto, without hidden characters.
pub fn safe_link(href: &str) -> Option<String> {
    let href = href.trim();
    let scheme = href.split_once(':')?.0.to_ascii_lowercase();
    let known = matches!(scheme.as_str(), "http" | "https" | "mailto");
    let clean = gaggle_shared::in_sight(href, false).all(|(c, seen)| seen && !c.is_whitespace());
    (known && clean).then(|| href.to_owned())
}
