use super::Failed;
use crate::cli::exit;
use bytes::Bytes;
use reqwest::Response;

/// One event of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Frame {
    pub(in crate::cli) event: String,
    pub(in crate::cli) data: String,
}

/// The events of an answer.
#[derive(Debug)]
pub(in crate::cli) struct Frames {
    response: Response,
    parser: Parser,
}

impl Frames {
    pub(in crate::cli) fn new(response: Response) -> Self {
        Self { response, parser: Parser::default() }
    }

    /// The next event; none at the end of the stream.
    pub(in crate::cli) async fn next(&mut self) -> Result<Option<Frame>, Failed> {
        loop {
            if let Some(frame) = self.parser.next() {
                return Ok(Some(frame));
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.parser.feed(&chunk),
                Ok(None) => return Ok(None),
                Err(error) => return Err(Failed::new(exit::NO_SERVER, format!("the stream broke: {error}"))),
            }
        }
    }
}

/// Takes bytes as they come and gives whole events.
#[derive(Debug, Default)]
struct Parser {
    buffer: Vec<u8>,
    frame: Frame,
    any: bool,
}

impl Parser {
    fn feed(&mut self, chunk: &Bytes) {
        self.buffer.extend_from_slice(chunk);
    }

    fn next(&mut self) -> Option<Frame> {
        let mut start = 0;
        let mut found = None;
        while let Some(length) = self.buffer[start..].iter().position(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(&self.buffer[start..start + length]).into_owned();
            start += length + 1;
            if self.line(line.trim_end_matches('\r')) {
                found = Some(std::mem::take(&mut self.frame));
                break;
            }
        }
        self.buffer.drain(..start);
        found
    }

    /// True at the end of an event with data.
    fn line(&mut self, line: &str) -> bool {
        if line.is_empty() {
            let whole = std::mem::take(&mut self.any);
            if !whole {
                self.frame = Frame::default();
            }
            return whole;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.frame.event),
            "data" => {
                if self.any {
                    self.frame.data.push('\n');
                }
                self.frame.data.push_str(value);
                self.any = true;
            }
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_whole_however_the_bytes_come() {
        let text =
            "retry: 1\n: hi\n\nid: 1\nevent: a\ndata: {\"ä\":1}\n\ndata: x\ndata: y\n\n: beat\n\ndata: z\n\n";
        for size in 1..20 {
            let (mut parser, mut seen) = (Parser::default(), Vec::new());
            for chunk in text.as_bytes().chunks(size) {
                parser.feed(&Bytes::copy_from_slice(chunk));
                while let Some(frame) = parser.next() {
                    seen.push((frame.event, frame.data));
                }
            }
            let want =
                [("a", "{\"ä\":1}"), ("", "x\ny"), ("", "z")].map(|(a, b)| (a.to_owned(), b.to_owned()));
            assert_eq!(seen, want, "{size}");
        }
    }
}
