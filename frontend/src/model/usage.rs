//! What was used, from the rows of the server to what a person compares: by day, by project, by model.

use super::time;
use gaggle_shared::{ProjectId, UsageReport, UsageRow};
use std::collections::BTreeMap;

/// A sum of rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sum {
    /// What it is of: a day, a project's name, a model's name.
    pub name: String,
    /// The project, where it is one's.
    pub project: Option<ProjectId>,
    /// Turns.
    pub turns: u64,
    /// Tokens read.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Tokens together.
    pub tokens: u64,
    /// US dollars, where known.
    pub cost: Option<f64>,
}

/// What is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Measure {
    /// Tokens.
    #[default]
    Tokens,
    /// US dollars.
    Cost,
    /// Turns.
    Turns,
}

impl Measure {
    /// All.
    pub const ALL: [Self; 3] = [Self::Tokens, Self::Cost, Self::Turns];

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Tokens => "Tokens",
            Self::Cost => "Cost",
            Self::Turns => "Turns",
        }
    }

    /// How much of it.
    pub fn of(self, sum: &Sum) -> f64 {
        match self {
            Self::Tokens => sum.tokens as f64,
            Self::Cost => sum.cost.unwrap_or(0.0),
            Self::Turns => sum.turns as f64,
        }
    }

    /// In words.
    pub fn words(self, sum: &Sum) -> String {
        match self {
            Self::Tokens => time::count(sum.tokens),
            Self::Cost => sum.cost.map_or_else(|| "–".into(), time::money),
            Self::Turns => sum.turns.to_string(),
        }
    }
}

impl Sum {
    fn add(&mut self, row: &UsageRow) {
        self.turns += row.turns;
        self.input += row.input_tokens;
        self.output += row.output_tokens;
        self.tokens += row.total_tokens;
        if let Some(cost) = row.cost {
            self.cost = Some(self.cost.unwrap_or(0.0) + cost);
        }
    }

    /// All of it in a sentence, for who hears it.
    pub fn sentence(&self) -> String {
        let turns = if self.turns == 1 { "1 turn".to_owned() } else { format!("{} turns", self.turns) };
        let cost = self.cost.map(|cost| format!(", {}", time::money(cost))).unwrap_or_default();
        format!("{}: {turns}, {} tokens{cost}", self.name, time::count(self.tokens))
    }
}

/// All that is shown of a report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// Everything.
    pub total: Sum,
    /// The last day.
    pub today: Sum,
    /// Each day, also those without use, oldest first.
    pub days: Vec<Sum>,
    /// Projects, the most first.
    pub projects: Vec<Sum>,
    /// Models, the most first.
    pub models: Vec<Sum>,
}

/// What a report says, of all projects or of one.
pub fn seen(report: &UsageReport, only: Option<&ProjectId>) -> Seen {
    let mut total = Sum { name: "All".into(), ..Sum::default() };
    let mut days: BTreeMap<String, Sum> = between(&report.from, &report.to)
        .into_iter()
        .map(|day| (day.clone(), Sum { name: day, ..Sum::default() }))
        .collect();
    let (mut projects, mut models) = (BTreeMap::<ProjectId, Sum>::new(), BTreeMap::<String, Sum>::new());
    for row in report.rows.iter().filter(|row| only.is_none_or(|only| row.project_id == *only)) {
        total.add(row);
        let day = days.entry(row.day.clone()).or_default();
        day.name.clone_from(&row.day);
        day.add(row);
        let project = projects.entry(row.project_id.clone()).or_default();
        project.name = super::plain::called(row.project_name.as_str());
        project.project = Some(row.project_id.clone());
        project.add(row);
        let model = row.model.as_deref().map_or_else(|| "Demo, or not known".into(), super::plain::line);
        let sum = models.entry(model.clone()).or_default();
        sum.name = model;
        sum.add(row);
    }
    let today = days.get(&report.to).cloned().unwrap_or_default();
    Seen {
        total,
        today,
        days: days.into_values().collect(),
        projects: ranked(projects.into_values()),
        models: ranked(models.into_values()),
    }
}

fn ranked(sums: impl Iterator<Item = Sum>) -> Vec<Sum> {
    let mut sums: Vec<_> = sums.collect();
    sums.sort_by(|a, b| {
        let cost = b.cost.unwrap_or(0.0).total_cmp(&a.cost.unwrap_or(0.0));
        cost.then(b.tokens.cmp(&a.tokens)).then(a.name.cmp(&b.name))
    });
    sums
}

/// A line below which the greatest value fits, of which people know halves: 1, 2 or 5 times a power of ten.
pub fn ceiling(greatest: f64) -> f64 {
    if greatest <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(greatest.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|line| *line >= greatest * 0.999)
        .unwrap_or(greatest)
}

/// A day as it stands under a bar: `23 Nov`.
pub fn short_day(day: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    match parse(day) {
        Some((_, month, day)) => {
            format!("{day} {}", MONTHS.get(month as usize - 1).copied().unwrap_or_default())
        }
        None => day.to_owned(),
    }
}

fn parse(day: &str) -> Option<(i32, u32, u32)> {
    let mut parts = day.splitn(3, '-');
    let (year, month, day) =
        (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    (1..=12).contains(&month).then_some((year, month, day))
}

/// All days from one to another, at most 400.
fn between(from: &str, to: &str) -> Vec<String> {
    let Some((mut year, mut month, mut day)) = parse(from) else { return Vec::new() };
    let mut days = Vec::new();
    while days.len() < 400 {
        let name = format!("{year:04}-{month:02}-{day:02}");
        if name.as_str() > to {
            break;
        }
        days.push(name);
        day += 1;
        let length = match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if day > length {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year) = (1, year + 1);
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::ProjectName;

    fn row(day: &str, project: &str, model: Option<&str>, tokens: u64, cost: Option<f64>) -> UsageRow {
        UsageRow {
            day: day.into(),
            project_id: ProjectId::parse(project).unwrap(),
            project_name: ProjectName::parse(project).unwrap(),
            model: model.map(str::to_owned),
            turns: 1,
            input_tokens: tokens - 1,
            output_tokens: 1,
            total_tokens: tokens,
            cost,
        }
    }

    fn report() -> UsageReport {
        let rows = vec![
            row("2026-02-27", "a", Some("gpt-4o"), 100, Some(0.5)),
            row("2026-03-01", "b", None, 900, None),
            row("2026-03-01", "a", Some("gpt-4o"), 50, Some(0.25)),
        ];
        UsageReport { from: "2026-02-26".into(), to: "2026-03-01".into(), rows }
    }

    #[test]
    fn days_without_use_are_there_too() {
        let seen = seen(&report(), None);
        let days: Vec<_> = seen.days.iter().map(|day| (day.name.as_str(), day.tokens)).collect();
        assert_eq!(days, [("2026-02-26", 0), ("2026-02-27", 100), ("2026-02-28", 0), ("2026-03-01", 950)]);
        assert_eq!((seen.total.tokens, seen.total.cost, seen.total.turns), (1050, Some(0.75), 3));
        assert_eq!(seen.today.sentence(), "2026-03-01: 2 turns, 950 tokens, $0.25");
    }

    #[test]
    fn what_costs_stands_before_what_is_long() {
        let all = seen(&report(), None);
        assert_eq!(all.projects.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(all.models[1].name, "Demo, or not known");
        let one = seen(&report(), Some(&ProjectId::parse("b").unwrap()));
        assert_eq!((one.total.tokens, one.projects.len(), one.total.cost), (900, 1, None));
    }

    #[test]
    fn names_show_what_cannot_be_seen() {
        let mut told = report();
        told.rows.truncate(1);
        told.rows[0].model = Some("gpt\u{202e}o4".into());
        told.rows[0].project_name = ProjectName::parse("pay\u{200b}roll").unwrap();
        let all = seen(&told, None);
        assert_eq!(
            (all.models[0].name.as_str(), all.projects[0].name.as_str()),
            ("gpt[U+202E]o4", "pay[U+200B]roll")
        );
    }

    #[test]
    fn years_end_and_scales_are_round() {
        assert_eq!(between("2027-12-31", "2028-01-01"), ["2027-12-31", "2028-01-01"]);
        assert_eq!(between("2028-02-28", "2028-03-01").len(), 3, "a leap year");
        assert_eq!((short_day("2026-11-03"), short_day("x")), ("3 Nov".into(), "x".into()));
        assert_eq!(
            [ceiling(0.0), ceiling(0.12), ceiling(950.0), ceiling(1000.0), ceiling(1010.0)],
            [1.0, 0.2, 1000.0, 1000.0, 2000.0]
        );
    }
}
