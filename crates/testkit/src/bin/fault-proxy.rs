//! The faulty way to a Kubernetes API server, for tests by hand: `fault-proxy SERVER CA_FILE` prints the address that
//! goes into a kubeconfig (plain HTTP, with the token that it has), and does as the lines of standard input say.

use gaggle_testkit::fault::{Fault, FaultProxy, Line, Rule};
use std::{io, process::ExitCode, time::Duration};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};

const USAGE: &str = "usage: fault-proxy https://HOST:PORT CA_FILE";

const COMMANDS: &str = "up, refuse, silent: the line
heal: the line is up, and no rule is left
now: close what is open, so that watches begin anew
delay MS PATH TIMES, answer STATUS REASON PATH TIMES, cut PATH TIMES, lost PATH TIMES, hold PATH TIMES,
old PATH TIMES, miss TEXT COUNT PATH TIMES:
  what the next TIMES calls with PATH in their path or query meet; lost: the answer; hold: a watch says nothing;
  old: a list says what it said first; miss: a watch leaves out the next COUNT events with TEXT in them";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fault-proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [server, ca] = words.as_slice() else { return Err(io::Error::other(USAGE)) };
    let ca = std::fs::read(ca).map_err(|error| io::Error::other(format!("{ca}: {error}")))?;
    let proxy = FaultProxy::start(server, &ca).await?;
    println!("{}", proxy.url());
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            [] => {}
            ["up"] => proxy.set_line(Line::Up),
            ["refuse"] => proxy.set_line(Line::Refused),
            ["silent"] => proxy.set_line(Line::Silent),
            ["heal"] => proxy.heal(),
            ["now"] => proxy.cut(),
            words => match rule(words) {
                Some(rule) => proxy.inject(rule),
                None => eprintln!("{COMMANDS}"),
            },
        }
        eprintln!("{} calls, {} faults so far", proxy.seen().len(), proxy.injected());
    }
    Ok(())
}

fn rule(words: &[&str]) -> Option<Rule> {
    let (fault, path, times) = match *words {
        ["delay", time, path, times] => {
            (Fault::Delay(Duration::from_millis(time.parse().ok()?)), path, times)
        }
        // Kept for as long as the program runs: a few words that a person has typed.
        ["answer", status, reason, path, times] => {
            (Fault::Answer { status: status.parse().ok()?, reason: reason.to_owned().leak() }, path, times)
        }
        ["cut", path, times] => (Fault::Cut, path, times),
        ["lost", path, times] => (Fault::AnswerLost, path, times),
        ["hold", path, times] => (Fault::HoldWatch, path, times),
        ["old", path, times] => (Fault::OldList, path, times),
        ["miss", text, count, path, times] => {
            (Fault::LoseEvents { holding: text.to_owned(), count: count.parse().ok()? }, path, times)
        }
        _ => return None,
    };
    Some(Rule::new(path, fault, times.parse().ok()?))
}
