//! How well a few letters fit a name: for the palette.

/// The better the higher; none if it does not fit. Letters may be left out, but not swapped.
pub fn score(query: &str, name: &str) -> Option<u32> {
    let query = query.trim().to_lowercase();
    let name = name.to_lowercase();
    if query.is_empty() {
        return Some(0);
    }
    if name == query {
        return Some(1000);
    }
    if name.starts_with(&query) {
        return Some(900);
    }
    if let Some(at) = name.find(&query) {
        let begins_word = name[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        return Some(if begins_word { 800 } else { 600 });
    }
    // Letters in order, the fewer gaps the better.
    let (mut gaps, mut last, mut from) = (0u32, None, 0);
    for letter in query.chars().filter(|c| !c.is_whitespace()) {
        let at = from + name[from..].find(letter)?;
        gaps += u32::from(last.is_some_and(|last| last != at));
        from = at + letter.len_utf8();
        last = Some(from);
    }
    Some(400u32.saturating_sub(gaps * 40))
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn what_fits_better_comes_first() {
        let names = ["billing-service", "my billing", "rebilling", "big island"];
        let mut found: Vec<_> =
            names.into_iter().filter_map(|name| Some((score("bil", name)?, name))).collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.0));
        let order: Vec<_> = found.into_iter().map(|(_, name)| name).collect();
        assert_eq!(order, ["billing-service", "my billing", "rebilling", "big island"]);
        assert_eq!(score("xyz", "billing"), None);
        assert_eq!(score("blgsv", "billing-service").map(|score| score > 0), Some(true));
        assert_eq!((score("", "x"), score("X", "x"), score("ü", "grün")), (Some(0), Some(1000), Some(600)));
    }
}
