//! What a reader of the terminal sees. Everything here goes to stderr: stdout carries results only.

use std::time::Duration;

/// A step begins.
pub(crate) fn step(text: &str) {
    eprintln!("==> {text}");
}

/// Something worth knowing that changes nothing.
pub(crate) fn note(text: &str) {
    eprintln!("    {text}");
}

/// The end of a command that did not work, with the chain of causes.
pub(crate) fn failed(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}

/// `75 s` or `12 min 5 s`; short ones with a decimal.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(75)), "75 s");
        assert_eq!(duration(Duration::from_secs(725)), "12 min 5 s");
    }
}
