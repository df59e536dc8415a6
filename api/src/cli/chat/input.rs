use std::{io, thread};
use tokio::sync::mpsc;

/// Standard input, line by line. A thread of its own reads it: a terminal cannot be awaited.
#[derive(Debug)]
pub(in crate::cli) struct Input(mpsc::Receiver<String>);

impl Input {
    pub(super) fn new() -> Self {
        let (lines, receiver) = mpsc::channel(1);
        thread::spawn(move || {
            for line in io::stdin().lines().map_while(Result::ok) {
                if lines.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Self(receiver)
    }

    /// The next line; none at the end.
    pub(super) async fn next(&mut self) -> Option<String> {
        self.0.recv().await
    }
}
