//! The document, from runs and nothing else. Pure.

use crate::result::{Data, Figure, Row, Run};
use crate::stats::{Estimate, estimate};
use std::fmt::Write as _;

/// How a line stands to its goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The value is within the goal.
    Met,
    /// It is not.
    Missed,
    /// Nothing was promised.
    NoGoal,
}

/// The value of a line, and whether it is as promised.
pub(crate) fn judge(row: &Row) -> (Estimate, Standing) {
    let estimate = match &row.data {
        Data::Ratio { pairs, .. } => estimate(&pairs.iter().map(|[a, b]| a / b).collect::<Vec<_>>()),
        Data::Extra { pairs, .. } => estimate(&pairs.iter().map(|[a, b]| a - b).collect::<Vec<_>>()),
        Data::Plain { values, .. } => estimate(values),
        Data::Count { count, .. } => {
            Estimate { value: *count as f64, low: *count as f64, high: *count as f64 }
        }
    };
    let standing = match row.goal {
        None => Standing::NoGoal,
        Some(goal) if estimate.value <= goal => Standing::Met,
        Some(_) => Standing::Missed,
    };
    (estimate, standing)
}

/// `docs/PERFORMANCE.md`; with each run the file it was kept in. What several runs measured is told of the last.
pub(crate) fn document(runs: &[(Run, String)]) -> String {
    let mut text = String::from(INTRODUCTION);
    let told: Vec<Vec<&Figure>> =
        runs.iter().enumerate().map(|(at, (run, _))| of(run, &runs[at + 1..])).collect();
    for ((run, raw), figures) in runs.iter().zip(&told).filter(|(_, figures)| !figures.is_empty()) {
        made(&mut text, run, figures, raw);
    }
    text.push_str("\n| what | goal | measured | 95 % interval | n | |\n|---|---|---|---|---|---|\n");
    for row in told.iter().flatten().flat_map(|figure| &figure.rows).filter(|row| row.goal.is_some()) {
        line(&mut text, row);
    }
    for figure in told.iter().flatten() {
        section(&mut text, figure);
    }
    text.push_str(CLOSING);
    text
}

/// The figures of a run that no later run has measured again.
fn of<'a>(run: &'a Run, later: &[(Run, String)]) -> Vec<&'a Figure> {
    let again =
        |figure: &&Figure| later.iter().flat_map(|(run, _)| &run.figures).all(|one| one.name != figure.name);
    run.figures.iter().filter(again).collect()
}

/// What a run was, and when.
fn made(text: &mut String, run: &Run, figures: &[&Figure], raw: &str) {
    let setting = &run.setting;
    let names: Vec<&str> = figures.iter().map(|figure| &*figure.name).collect();
    let loads: Vec<f64> = figures.iter().flat_map(|figure| figure.load).collect();
    let low = loads.iter().copied().fold(f64::INFINITY, f64::min);
    let high = loads.iter().copied().fold(0.0, f64::max);
    let _ = writeln!(
        text,
        "\nMade by `{}` from `{raw}` at commit `{}`, {}{}: {}. Machine: {} processors, {}. Load average (1 min) \
         during the run: {low:.1} to {high:.1}; the run itself took {:.0} s and is part of it.",
        setting.command,
        setting.commit,
        setting.began,
        if setting.quick { ", with few repetitions (`--quick`)" } else { "" },
        names.join(", "),
        setting.cpus,
        setting.machine,
        setting.seconds,
    );
}

/// The table alone, for a terminal.
pub(crate) fn table(figure: &Figure) -> String {
    let mut text = String::new();
    for row in &figure.rows {
        line(&mut text, row);
    }
    text
}

fn section(text: &mut String, figure: &Figure) {
    let _ = write!(text, "\n## {}\n\n{}\n\n", figure.title, figure.how);
    if let Some(why) = &figure.failed {
        let _ = write!(text, "**Not measured in this run**: {why}\n\n");
    }
    if !figure.rows.is_empty() {
        text.push_str("| what | goal | measured | 95 % interval | n | |\n|---|---|---|---|---|---|\n");
        figure.rows.iter().for_each(|row| line(text, row));
    }
    let [before, after] = figure.load;
    let _ = write!(text, "\nLoad average before and after: {before:.1}, {after:.1}.\n");
}

fn line(text: &mut String, row: &Row) {
    let (Estimate { value, low, high }, standing) = judge(row);
    let (unit, n, values) = match &row.data {
        Data::Ratio { unit, pairs } => (" ×".to_owned(), pairs.len(), both(pairs, unit)),
        Data::Extra { unit, pairs } => (format!(" {unit} more"), pairs.len(), both(pairs, unit)),
        Data::Plain { unit, values } => (format!(" {unit}"), values.len(), String::new()),
        Data::Count { of, .. } => (format!(" of {of}"), *of as usize, String::new()),
    };
    let number =
        |value: f64| if matches!(row.data, Data::Count { .. }) { format!("{value}") } else { short(value) };
    let goal = row.goal.map_or_else(|| "–".to_owned(), |goal| format!("≤ {goal}"));
    let interval = if matches!(row.data, Data::Count { .. }) || n < 2 {
        "–".to_owned()
    } else {
        format!("{} … {}", short(low), short(high))
    };
    let mark = match standing {
        Standing::Met => "met",
        Standing::Missed => "**missed**",
        Standing::NoGoal => "",
    };
    let _ = writeln!(
        text,
        "| {}{values} | {goal} | {}{unit} | {interval} | {n} | {mark} |",
        row.what,
        number(value)
    );
}

/// The medians of both sides, for whoever asks how much it is.
fn both(pairs: &[[f64; 2]], unit: &str) -> String {
    let side = |index: usize| estimate(&pairs.iter().map(|pair| pair[index]).collect::<Vec<_>>()).value;
    format!(" ({} against {} {unit})", short(side(0)), short(side(1)))
}

/// Three digits that matter.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

const INTRODUCTION: &str = "# How fast it is\n\n\
    This page is made by the benchmarks; do not edit it. Figures on a shared machine are worth little by \
    themselves, so each is a ratio to, or a difference from, a baseline that was measured in the same run, in turns \
    with it, in random order: the median over the pairs, with the interval in which 95 of 100 repetitions fall \
    (bootstrap over the pairs). A goal that is missed stays here.\n";

const CLOSING: &str = "\n## Doing it again\n\n\
    ```sh\n\
    cargo xtask bench                  # all of it, about a quarter of an hour; writes this page\n\
    cargo xtask bench --quick          # fewer repetitions; writes only target/bench\n\
    cargo xtask bench page readers     # some\n\
    cargo xtask bench cluster --write  # some, kept; this page is made of them alone\n\
    cargo xtask bench --report docs/bench/A.json docs/bench/B.json   # this page again, of one kept run or more\n\
    ```\n\n\
    Every single sample is in `target/bench/` after a run; what the tables need is committed in `docs/bench/`.\n";

#[cfg(test)]
mod tests {
    use super::{Standing, document, judge};
    use crate::result::{Data, Figure, Row, Run, Setting};

    fn row(goal: f64, pairs: Vec<[f64; 2]>) -> Row {
        Row { what: "a start".into(), goal: Some(goal), data: Data::Ratio { unit: "ms".into(), pairs } }
    }

    fn run(name: &str, row: Row) -> Run {
        let figure = Figure { rows: vec![row], ..Figure::new(name, "Starting", "How.") };
        let setting = Setting {
            began: "2026-01-01T00:00:00Z".into(),
            commit: "abc".into(),
            command: "cargo xtask bench".into(),
            cpus: 2,
            machine: "a machine".into(),
            quick: false,
            seconds: 1.0,
        };
        Run { setting, figures: vec![figure] }
    }

    #[test]
    fn what_was_measured_again_is_told_once() {
        let old = (run("page", row(1.1, vec![[9.0, 1.0]])), "old.json".to_owned());
        let other = (run("fleet", row(1.1, vec![[1.0, 1.0]])), "other.json".to_owned());
        let new = (run("page", row(1.1, vec![[2.0, 1.0]])), "new.json".to_owned());
        let text = document(&[old, other, new]);
        assert!(!text.contains("9.00 ×") && !text.contains("old.json"), "{text}");
        assert!(
            text.contains("2.00 ×") && text.contains("new.json") && text.contains("other.json"),
            "{text}"
        );
    }

    #[test]
    fn a_missed_goal_stays_in_the_document() {
        let missed = row(1.1, vec![[2.0, 1.0], [2.2, 1.0], [1.8, 1.0]]);
        assert_eq!(judge(&missed).1, Standing::Missed);
        assert_eq!(judge(&row(2.5, vec![[2.0, 1.0]])).1, Standing::Met);
        let text = document(&[(run("activate", missed), "raw.json".to_owned())]);
        assert_eq!(
            text.matches(
                "| a start (2.00 against 1.00 ms) | ≤ 1.1 | 2.00 × | 1.80 … 2.20 | 3 | **missed** |"
            )
            .count(),
            2,
            "{text}"
        );
    }
}
