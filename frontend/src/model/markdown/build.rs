//! From the parser's events to the tree.

use super::{Align, Block, Inline, Item, safe_link};
use pulldown_cmark::{Alignment, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// Deeper nesting than this is shown flat: a page must not be brought down by ten thousand `>`.
const DEPTH_LIMIT: usize = 24;

/// The blocks of a text.
pub fn blocks(text: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut build = Build { stack: vec![Frame::new(Open::Root)] };
    for event in Parser::new_ext(text, options) {
        build.take(event);
    }
    while build.stack.len() > 1 {
        build.close();
    }
    build.stack.pop().map(|mut root| root.all_blocks()).unwrap_or_default()
}

#[derive(Debug)]
enum Open {
    Root,
    /// Only holds its content together: an unknown or too deep container.
    Plain,
    Paragraph,
    Heading(u8),
    Code(String),
    Quote,
    List(Option<u64>, Vec<Item>),
    Item(Option<bool>),
    Table {
        align: Vec<Align>,
        head: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
    Row(Vec<Vec<Inline>>, bool),
    Cell,
    Emphasis,
    Strong,
    Struck,
    Link(String),
    Image(String),
}

struct Frame {
    open: Open,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
}

impl Frame {
    const fn new(open: Open) -> Self {
        Self { open, blocks: Vec::new(), inlines: Vec::new() }
    }

    /// A tight list item has text without a paragraph: it becomes one.
    fn all_blocks(&mut self) -> Vec<Block> {
        if !self.inlines.is_empty() {
            self.blocks.push(Block::Paragraph(std::mem::take(&mut self.inlines)));
        }
        std::mem::take(&mut self.blocks)
    }
}

struct Build {
    stack: Vec<Frame>,
}

impl Build {
    fn top(&mut self) -> &mut Frame {
        if self.stack.is_empty() {
            self.stack.push(Frame::new(Open::Root));
        }
        let last = self.stack.len() - 1;
        &mut self.stack[last]
    }

    fn inline(&mut self, inline: Inline) {
        let inlines = &mut self.top().inlines;
        match (inlines.last_mut(), inline) {
            (Some(Inline::Text(before)), Inline::Text(text)) => before.push_str(&text),
            (_, inline) => inlines.push(inline),
        }
    }

    fn block(&mut self, block: Block) {
        let top = self.top();
        if !top.inlines.is_empty() {
            let text = std::mem::take(&mut top.inlines);
            top.blocks.push(Block::Paragraph(text));
        }
        top.blocks.push(block);
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(TagEnd::HtmlBlock) => {
                let text = std::mem::take(&mut self.top().inlines);
                self.stack.pop();
                self.block(Block::Paragraph(text));
            }
            Event::End(_) => self.close(),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.inline(Inline::Text(text.into()));
            }
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.inline(Inline::Code(text.into()));
            }
            Event::SoftBreak => self.inline(Inline::Text(" ".into())),
            Event::HardBreak => self.inline(Inline::Break),
            Event::Rule => self.block(Block::Rule),
            Event::TaskListMarker(done) => {
                if let Some(Open::Item(mark)) = self
                    .stack
                    .iter_mut()
                    .rev()
                    .map(|f| &mut f.open)
                    .find(|open| matches!(open, Open::Item(_)))
                {
                    *mark = Some(done);
                }
            }
            Event::FootnoteReference(_) => {}
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        let open = match tag {
            Tag::Paragraph => Open::Paragraph,
            Tag::Heading { level, .. } => Open::Heading(level as u8),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                Open::Code(info.split([' ', ',', '{']).next().unwrap_or_default().to_owned())
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => Open::Code(String::new()),
            Tag::BlockQuote(_) | Tag::List(_) if self.stack.len() > DEPTH_LIMIT => Open::Plain,
            Tag::BlockQuote(_) => Open::Quote,
            Tag::List(start) => Open::List(start, Vec::new()),
            Tag::Item => Open::Item(None),
            Tag::Table(columns) => {
                let align = columns.into_iter().map(align).collect();
                Open::Table { align, head: Vec::new(), rows: Vec::new() }
            }
            Tag::TableHead => Open::Row(Vec::new(), true),
            Tag::TableRow => Open::Row(Vec::new(), false),
            Tag::TableCell => Open::Cell,
            Tag::Emphasis => Open::Emphasis,
            Tag::Strong => Open::Strong,
            Tag::Strikethrough => Open::Struck,
            Tag::Link { dest_url, .. } => Open::Link(dest_url.into()),
            Tag::Image { dest_url, .. } => Open::Image(dest_url.into()),
            _ => Open::Plain,
        };
        self.stack.push(Frame::new(open));
    }

    fn close(&mut self) {
        let Some(mut frame) = self.stack.pop() else { return };
        match std::mem::replace(&mut frame.open, Open::Plain) {
            Open::Root | Open::Plain => {
                for block in frame.all_blocks() {
                    self.block(block);
                }
            }
            Open::Paragraph => self.block(Block::Paragraph(frame.inlines)),
            Open::Heading(level) => self.block(Block::Heading(level, frame.inlines)),
            Open::Code(language) => self.block(Block::Code { language, text: text_of(&frame.inlines) }),
            Open::Quote => {
                let blocks = frame.all_blocks();
                self.block(Block::Quote(blocks));
            }
            Open::List(start, items) => self.block(Block::List { start, items }),
            Open::Item(done) => {
                let item = Item { done, blocks: frame.all_blocks() };
                match &mut self.top().open {
                    Open::List(_, items) => items.push(item),
                    _ => item.blocks.into_iter().for_each(|block| self.block(block)),
                }
            }
            Open::Table { align, head, rows } => self.block(Block::Table { align, head, rows }),
            Open::Row(cells, first) => {
                if let Open::Table { head, rows, .. } = &mut self.top().open {
                    if first {
                        *head = cells;
                    } else {
                        rows.push(cells);
                    }
                }
            }
            Open::Cell => {
                if let Open::Row(cells, _) = &mut self.top().open {
                    cells.push(frame.inlines);
                }
            }
            Open::Emphasis => self.inline(Inline::Emphasis(frame.inlines)),
            Open::Strong => self.inline(Inline::Strong(frame.inlines)),
            Open::Struck => self.inline(Inline::Struck(frame.inlines)),
            Open::Link(href) => match safe_link(&href) {
                Some(href) => self.inline(Inline::Link { href, label: frame.inlines }),
                // What it would have led to stays readable.
                None => {
                    frame.inlines.into_iter().for_each(|inline| self.inline(inline));
                    self.inline(Inline::Text(format!(" ({href})")));
                }
            },
            Open::Image(href) => {
                let alt = text_of(&frame.inlines);
                self.inline(Inline::Image { href: safe_link(&href), alt });
            }
        }
    }
}

const fn align(column: Alignment) -> Align {
    match column {
        Alignment::Center => Align::Center,
        Alignment::Right => Align::Right,
        Alignment::None | Alignment::Left => Align::Left,
    }
}

fn text_of(inlines: &[Inline]) -> String {
    let mut out = String::new();
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Struck(inner) => {
                out.push_str(&text_of(inner));
            }
            Inline::Link { label, .. } => out.push_str(&text_of(label)),
            Inline::Image { alt, .. } => out.push_str(alt),
            Inline::Break => out.push('\n'),
        }
    }
    out
}
