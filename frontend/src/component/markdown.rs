use super::code::CodeBlock;
use crate::model::markdown::{Align, Block, Inline, Item, blocks};
use crate::view;
use leptos::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Markdown, growing: only blocks that changed are drawn anew.
#[component]
pub(crate) fn Markdown(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let list = Memo::new(move |_| {
        let keyed = |(index, block): (usize, Block)| {
            let mut hasher = DefaultHasher::new();
            match &block {
                // Code that grows stays the block that it is: a reader may have scrolled or selected in it.
                Block::Code { language, .. } => ("code", language).hash(&mut hasher),
                block => block.hash(&mut hasher),
            }
            (index, hasher.finish(), block)
        };
        blocks(&text.read()).into_iter().enumerate().map(keyed).collect::<Vec<_>>()
    });
    let top = move |(index, _, found): (usize, u64, Block)| match found {
        Block::Code { language, text: first } => {
            let text = Memo::new(move |_| match list.read().get(index) {
                Some((_, _, Block::Code { text, .. })) => text.clone(),
                _ => first.clone(),
            });
            view! { <CodeBlock language text=text.into()/> }
        }
        other => block(other),
    };
    view! {
        <div class="markdown">
            <For each=move || list.get() key=|(index, hash, _)| (*index, *hash) let:keyed>{top(keyed)}</For>
        </div>
    }
}

fn block(block_: Block) -> AnyView {
    match block_ {
        Block::Paragraph(line) => view! { <p>{inlines(line)}</p> }.into_any(),
        // The page has its own headings: those of an answer begin below them.
        Block::Heading(1 | 2, line) => view! { <h3>{inlines(line)}</h3> }.into_any(),
        Block::Heading(3, line) => view! { <h4>{inlines(line)}</h4> }.into_any(),
        Block::Heading(_, line) => view! { <h5>{inlines(line)}</h5> }.into_any(),
        Block::Code { language, text } => view! { <CodeBlock language text=Signal::stored(text)/> },
        Block::Quote(inner) => view! { <blockquote>{all(inner)}</blockquote> }.into_any(),
        Block::List { start: Some(start), items } => {
            view! { <ol start=start.to_string()>{list(items)}</ol> }.into_any()
        }
        Block::List { start: None, items } => view! { <ul>{list(items)}</ul> }.into_any(),
        Block::Table { align, head, rows } => table(&align, head, rows),
        Block::Rule => view! { <hr/> }.into_any(),
    }
}

fn all(blocks: Vec<Block>) -> Vec<AnyView> {
    blocks.into_iter().map(block).collect()
}

fn list(items: Vec<Item>) -> Vec<AnyView> {
    let item = |item: Item| {
        // A tight item is a line, not a paragraph.
        let inner = match (item.blocks.len(), item.blocks) {
            (1, mut only) => match only.pop() {
                Some(Block::Paragraph(line)) => inlines(line).into_any(),
                other => all(other.into_iter().collect()).into_any(),
            },
            (_, many) => all(many).into_any(),
        };
        match item.done {
            Some(done) => {
                let label = if done { "done" } else { "to do" };
                view! {
                    <li class="task">
                        <span class="box" class:done=done role="img" aria-label=label></span>
                        <div>{inner}</div>
                    </li>
                }
                .into_any()
            }
            None => view! { <li>{inner}</li> }.into_any(),
        }
    };
    items.into_iter().map(item).collect()
}

fn table(align: &[Align], head: Vec<Vec<Inline>>, rows: Vec<Vec<Vec<Inline>>>) -> AnyView {
    let class = |column: usize| align.get(column).and_then(|align| align.class());
    let head = head.into_iter().enumerate().map(|(column, cell)| {
        view! { <th scope="col" class=class(column)>{inlines(cell)}</th> }
    });
    let cells = |row: Vec<Vec<Inline>>| {
        let cell = |(column, cell)| view! { <td class=class(column)>{inlines(cell)}</td> };
        row.into_iter().enumerate().map(cell).collect_view()
    };
    view! {
        <div class="table" tabindex="0" role="group" aria-label="Table">
            <table>
                <thead><tr>{head.collect_view()}</tr></thead>
                <tbody>{rows.into_iter().map(|row| view! { <tr>{cells(row)}</tr> }).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn inlines(line: Vec<Inline>) -> Vec<AnyView> {
    line.into_iter().map(inline).collect()
}

fn inline(piece: Inline) -> AnyView {
    match piece {
        Inline::Text(text) => view! { <super::plain::Plain text/> }.into_any(),
        Inline::Code(text) => view! { <code><super::plain::Plain text/></code> }.into_any(),
        Inline::Emphasis(inner) => view! { <em>{inlines(inner)}</em> }.into_any(),
        Inline::Strong(inner) => view! { <strong>{inlines(inner)}</strong> }.into_any(),
        Inline::Struck(inner) => view! { <del>{inlines(inner)}</del> }.into_any(),
        Inline::Link { href, label } => {
            // Where it leads is said on hover: a label may say anything.
            let title = href.clone();
            view! { <a href=href title=title target="_blank" rel="noopener noreferrer nofollow">{inlines(label)}</a> }
                .into_any()
        }
        Inline::Image { href: Some(href), alt } => {
            let title = href.clone();
            let alt = if alt.is_empty() { "image".to_owned() } else { alt };
            view! {
                <a class="image" href=href title=title target="_blank" rel="noopener noreferrer nofollow">"Image: "<super::plain::Plain text=alt/></a>
            }
            .into_any()
        }
        Inline::Image { href: None, alt } => {
            view! { <span class="image">"Image: "<super::plain::Plain text=alt/></span> }.into_any()
        }
        Inline::Break => view! { <br/> }.into_any(),
    }
}
