//! Times in words.

use gaggle_shared::Time;

/// Milliseconds from `then` to `now`; negative when `then` is ahead.
pub fn ms_between(then: Time, now: Time) -> i64 {
    now.as_millisecond() - then.as_millisecond()
}

/// A length of time as one reads it at a glance: `38 ms`, `2.4 s`, `41 s`, `2 min 08 s`, `3 h 12 min`.
pub fn length(ms: i64) -> String {
    let ms = ms.max(0);
    let s = ms / 1000;
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..10_000 => format!("{}.{} s", s, ms % 1000 / 100),
        10_000..60_000 => format!("{s} s"),
        60_000..3_600_000 => format!("{} min {:02} s", s / 60, s % 60),
        _ => format!("{} h {:02} min", s / 3600, s % 3600 / 60),
    }
}

/// How long something took; nothing where that was not measured: both ends came in one.
pub fn took(from: Time, to: Time) -> Option<String> {
    Some(ms_between(from, to)).filter(|ms| *ms > 0).map(length)
}

/// A length of time for what ticks: whole units, `24 s`, `6 min`, `2 h`, `3 days`.
pub fn about(ms: i64) -> String {
    let s = ms.max(0) / 1000;
    match s {
        0..60 => format!("{s} s"),
        60..3_600 => format!("{} min", s / 60),
        3_600..86_400 => format!("{} h", s / 3600),
        86_400..172_800 => "1 day".into(),
        _ => format!("{} days", s / 86_400),
    }
}

/// `just now`, `24 s ago`, `3 days ago`.
pub fn ago(then: Time, now: Time) -> String {
    match ms_between(then, now) {
        ..5_000 => "just now".into(),
        ms => format!("{} ago", about(ms)),
    }
}

/// What is left until `then`, for a countdown: `6 min 40 s`, `9 s`, `any moment`.
pub fn left(then: Time, now: Time) -> String {
    let s = ms_between(now, then) / 1000;
    match s {
        ..1 => "any moment".into(),
        1..60 => format!("{s} s"),
        60..3_600 => format!("{} min {:02} s", s / 60, s % 60),
        _ => format!("{} h {:02} min", s / 3600, s % 3600 / 60),
    }
}

/// A count as one reads it at a glance: `812`, `38k`, `1.2M`.
pub fn count(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        1_000..10_000 => format!("{}.{}k", n / 1000, n % 1000 / 100),
        10_000..1_000_000 => format!("{}k", n / 1000),
        _ => format!("{}.{}M", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}

/// US dollars as one reads them at a glance: `$1.84`, `$0.0042`, `$1,204`.
pub fn money(amount: f64) -> String {
    let amount = amount.max(0.0);
    if amount >= 1_000.0 {
        let whole = amount.round() as u64;
        return format!("${},{:03}", whole / 1000, whole % 1000);
    }
    if amount > 0.0 && amount < 0.01 { format!("${amount:.4}") } else { format!("${amount:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_at_a_glance() {
        for (ms, text) in [
            (38, "38 ms"),
            (2_440, "2.4 s"),
            (41_000, "41 s"),
            (128_000, "2 min 08 s"),
            (11_520_000, "3 h 12 min"),
        ] {
            assert_eq!(length(ms), text);
        }
        assert_eq!(length(-5), "0 ms");
        let at = |ms| Time::from_millisecond(ms).unwrap();
        assert_eq!(
            (took(at(7), at(7)), took(at(7), at(0)), took(at(0), at(7))),
            (None, None, Some("7 ms".into()))
        );
    }

    #[test]
    fn ago_and_left() {
        let at = |ms| Time::from_millisecond(ms).unwrap();
        assert_eq!(ago(at(0), at(3_000)), "just now");
        assert_eq!(ago(at(0), at(90_000)), "1 min ago");
        assert_eq!(ago(at(9_000), at(0)), "just now");
        assert_eq!(left(at(400_000), at(0)), "6 min 40 s");
        assert_eq!(left(at(0), at(9_000)), "any moment");
    }

    #[test]
    fn small_money_is_not_nothing() {
        assert_eq!(
            [money(1.844), money(0.0042), money(0.0), money(1_203.7)],
            ["$1.84", "$0.0042", "$0.00", "$1,204"]
        );
    }

    #[test]
    fn counts_are_short() {
        assert_eq!(
            [count(812), count(1_250), count(38_400), count(1_260_000)],
            ["812", "1.2k", "38k", "1.2M"]
        );
    }
}
