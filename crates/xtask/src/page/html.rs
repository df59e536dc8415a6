//! `index.html` as trunk wrote it, read and rewritten line by line.

/// The addresses of the style sheets, in their order.
pub(super) fn sheets(html: &str) -> Vec<String> {
    html.lines().filter(|line| is_sheet(line)).filter_map(href).map(str::to_owned).collect()
}

/// One style sheet in the place of all.
pub(super) fn with_one_sheet(html: &str, address: &str) -> String {
    let mut first = true;
    let mut out = String::with_capacity(html.len());
    for line in html.lines() {
        if !is_sheet(line) {
            out.push_str(line);
            out.push('\n');
        } else if std::mem::take(&mut first) {
            out.push_str(&format!("    <link rel=\"stylesheet\" href=\"{address}\">\n"));
        }
    }
    out
}

/// Links before the end of the head.
pub(super) fn with_links(html: &str, links: &str) -> String {
    html.replacen("</head>", &format!("{links}</head>"), 1)
}

fn is_sheet(line: &str) -> bool {
    line.contains("<link rel=\"stylesheet\"")
}

fn href(line: &str) -> Option<&str> {
    line.split_once("href=\"")?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head>\n    <link rel=\"stylesheet\" href=\"/a-1.css\" integrity=\"x\"/>\n    <link rel=\"icon\" href=\"/i.svg\"/>\n    \
        <link rel=\"stylesheet\" href=\"/b-2.css\"/>\n  </head>\n";

    #[test]
    fn sheets_become_one_where_the_first_stood() {
        assert_eq!(sheets(PAGE), ["/a-1.css", "/b-2.css"]);
        let page = with_one_sheet(PAGE, "/all-3.css");
        assert_eq!(sheets(&page), ["/all-3.css"]);
        assert!(page.find("all-3").unwrap() < page.find("/i.svg").unwrap(), "{page}");
    }

    #[test]
    fn links_stand_in_the_head() {
        assert!(with_links(PAGE, "<link data-part=\"x\">").contains("<link data-part=\"x\"></head>"));
    }
}
