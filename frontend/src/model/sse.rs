//! Server-sent events out of bytes, as the HTML standard reads them.

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// The last `id` so far.
    pub id: Option<String>,
    /// The `event`, else `message`.
    pub event: String,
    /// The `data` lines, joined by line feeds.
    pub data: String,
}

/// Cuts a stream of bytes into events, however the bytes were cut on their way.
#[derive(Debug, Default)]
pub struct Parser {
    buffer: Vec<u8>,
    frame: Frame,
    has_data: bool,
}

impl Parser {
    /// Takes more bytes and gives the events that are whole now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Frame> {
        self.buffer.extend_from_slice(bytes);
        let mut out = Vec::new();
        let mut from = 0;
        while let Some(at) = self.buffer[from..].iter().position(|b| *b == b'\n') {
            let line = String::from_utf8_lossy(&self.buffer[from..from + at]).into_owned();
            from += at + 1;
            self.line(line.trim_end_matches('\r'), &mut out);
        }
        self.buffer.drain(..from);
        out
    }

    fn line(&mut self, line: &str, out: &mut Vec<Frame>) {
        if line.is_empty() {
            if self.has_data {
                let id = self.frame.id.clone();
                let mut frame = std::mem::replace(&mut self.frame, Frame { id, ..Frame::default() });
                if frame.event.is_empty() {
                    frame.event.push_str("message");
                }
                out.push(frame);
            } else {
                self.frame.event.clear();
            }
            self.has_data = false;
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                if self.has_data {
                    self.frame.data.push('\n');
                }
                self.frame.data.push_str(value);
                self.has_data = true;
            }
            "event" => value.clone_into(&mut self.frame.event),
            "id" => self.frame.id = Some(value.to_owned()),
            // A line that begins with a colon is a heartbeat; `retry` is ours to decide.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str =
        ": hello\n\nid: 7\nevent: turn.ended\ndata: {\"a\":\ndata: \"ü\"}\n\n:\n\ndata: x\r\n\r\n";

    fn whole() -> Vec<Frame> {
        let frame =
            |event: &str, data: &str| Frame { id: Some("7".into()), event: event.into(), data: data.into() };
        vec![frame("turn.ended", "{\"a\":\n\"ü\"}"), frame("message", "x")]
    }

    #[test]
    fn any_cut_gives_the_same_events() {
        for cut in 1..STREAM.len() {
            let mut parser = Parser::default();
            let frames: Vec<_> = STREAM.as_bytes().chunks(cut).flat_map(|bytes| parser.push(bytes)).collect();
            assert_eq!(frames, whole(), "in pieces of {cut} bytes");
        }
    }

    #[test]
    fn a_half_event_is_not_given_out() {
        let mut parser = Parser::default();
        assert!(parser.push(b"event: a\ndata: b\n").is_empty());
        assert_eq!(parser.push(b"\n").len(), 1);
    }
}
