//! Which of the short notes are shown.

/// So many are shown at once.
pub const SHOWN: usize = 4;

/// Which of them, the newest last, goes when there are too many: the oldest that is of no weight, else the oldest. What has
/// just come is read first.
pub fn goes(weighty: &[bool]) -> usize {
    let older = weighty.split_last().map_or(weighty, |(_, older)| older);
    older.iter().position(|weighty| !weighty).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_warns_or_has_a_way_back_outlasts_what_has_neither() {
        assert_eq!(goes(&[false, false, false, false, false]), 0);
        assert_eq!(goes(&[true, true, false, true, true]), 2);
        assert_eq!(goes(&[true, true, true, true, false]), 0, "the newest has not been read");
        assert_eq!(goes(&[true, true, true, true, true]), 0);
    }
}
