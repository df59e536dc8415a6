use super::*;

fn text(text: &str) -> Inline {
    Inline::Text(text.into())
}

#[test]
fn the_usual_things() {
    let got = blocks("# Hi\n\nSome *stress* and `code`.\n\n- [x] one\n- [ ] two\n\n```rust\nfn x() {}\n```");
    assert_eq!(got[0], Block::Heading(1, vec![text("Hi")]));
    assert!(matches!(&got[1], Block::Paragraph(line) if line.len() == 5));
    let Block::List { start: None, items } = &got[2] else { panic!("{got:?}") };
    assert_eq!((items[0].done, items[1].done), (Some(true), Some(false)));
    assert_eq!(got[3], Block::Code { language: "rust".into(), text: "fn x() {}\n".into() });
}

#[test]
fn tables_keep_their_cells() {
    let got = blocks("| a | b |\n|---|---|\n| 1 | `2` |");
    let Block::Table { head, rows, .. } = &got[0] else { panic!("{got:?}") };
    assert_eq!(head, &[vec![text("a")], vec![text("b")]]);
    assert_eq!(rows[0][1], [Inline::Code("2".into())]);
}

#[test]
fn columns_of_a_table_stand_as_they_were_written() {
    let got = blocks("| a | b | c | d |\n|---|:---|:---:|---:|\n| 1 | 2 | 3 | 4 |");
    let Block::Table { align, .. } = &got[0] else { panic!("{got:?}") };
    let classes: Vec<_> = align.iter().map(|column| column.class()).collect();
    assert_eq!(classes, [None, None, Some("center"), Some("right")]);
}

#[test]
fn html_is_text_and_bad_links_do_not_link() {
    for (source, seen) in [
        ("<script>alert(1)</script>", "<script>"),
        ("<img src=x onerror=alert(1)>", "onerror"),
        ("[x](javascript:alert(1))", "(javascript:alert(1))"),
        ("[x](JaVaScRiPt:alert)", "(JaVaScRiPt:alert)"),
        ("[x](data:text/html,evil)", "(data:text/html,evil)"),
        ("[x](/api/users)", "(/api/users)"),
        ("[x](//evil.example)", "(//evil.example)"),
    ] {
        let got = blocks(source);
        let Block::Paragraph(line) = &got[0] else { panic!("{got:?}") };
        assert!(line.iter().all(|inline| matches!(inline, Inline::Text(_))), "{source}: {line:?}");
        assert!(format!("{line:?}").contains(seen), "{source}: {line:?}");
    }
}

#[test]
fn images_are_descriptions() {
    let got = blocks("![a cat](https://evil.example/pixel.png)");
    let want = Inline::Image { href: Some("https://evil.example/pixel.png".into()), alt: "a cat".into() };
    assert_eq!(got, [Block::Paragraph(vec![want])]);
}

#[test]
fn safe_links_only() {
    assert!(safe_link("https://a.example/x?y").is_some());
    assert!(safe_link("mailto:a@b.example").is_some());
    for href in ["javascript:x", " vbscript:x", "https://a\u{202e}b", "x", "file:///etc/passwd", "blob:x"] {
        assert_eq!(safe_link(href), None, "{href}");
    }
}

#[test]
fn deep_nesting_does_not_bring_the_page_down() {
    let got = blocks(&"> ".repeat(5_000));
    assert!(format!("{got:?}").matches("Quote").count() <= 30);
    blocks(&format!("{}x", "*a ".repeat(3_000)));
    blocks(&"- ".repeat(2_000));
}

#[test]
fn every_prefix_of_a_text_can_be_shown() {
    let whole = "# a\n\n| x | y |\n|--|--|\n| 1 | 2 |\n\n```\ncode\n\n- *b [c](http://d) ![e](f)";
    for (at, _) in whole.char_indices() {
        blocks(&whole[..at]);
    }
}
