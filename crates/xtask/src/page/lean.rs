//! What a browser does not need of a script or a page.

use anyhow::{Result, ensure};

/// Without lines that only say something to people, and without indentation. Not for texts over several lines.
///
/// # Errors
/// There may be such a text.
pub(super) fn lean(text: &str) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    for line in text.lines().map(str::trim) {
        ensure!(line.matches('`').count() % 2 == 0, "a text over several lines: {line}");
        let is_said = line == "*" || ["//", "/**", "* ", "*/"].iter().any(|start| line.starts_with(start));
        if !line.is_empty() && !is_said {
            out.push_str(line);
            out.push('\n');
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::lean;

    #[test]
    fn only_what_does_something_is_left() {
        let text =
            "/**\n * @param {any} a\n */\nfunction f(a) {\n    // Why.\n\n    return a * 2; // Twice.\n}\n";
        assert_eq!(lean(text).unwrap(), "function f(a) {\nreturn a * 2; // Twice.\n}\n");
        assert!(lean("const a = `\n  // kept\n`;").is_err());
    }
}
