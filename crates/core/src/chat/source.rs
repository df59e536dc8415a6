//! What a journal keeps of the agent's messages: all that their events do not say. The words of a piece of text stand
//! in its event, and are not kept twice.

use serde_json::Value;

/// The message of a piece of text, without the text.
pub(super) fn without_text(source: Option<&Value>) -> Option<Value> {
    let mut source = source?.clone();
    if let Some(Value::Object(content)) = source.pointer_mut("/params/update/content") {
        content.remove("text");
    }
    Some(source)
}

/// The message of a piece of live output: of each chunk's text only how many bytes of the event it is, so that it is
/// known what came on which stream.
pub(super) fn without_output(source: Option<&Value>) -> Option<Value> {
    let mut source = source?.clone();
    let chunks = source.pointer_mut("/params/update/_meta/toolNotification/params/chunks");
    for chunk in chunks.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(output) = chunk.get_mut("output")
            && let Some(bytes) = output.as_str().map(str::len)
        {
            *output = bytes.into();
        }
    }
    Some(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_a_piece_of_text_all_but_the_words_is_kept() {
        let update = |content: Value| {
            json!({"jsonrpc": "2.0", "method": "session/update", "params": {"sessionId": "g1", "_meta": {"a": 1},
                "update": {"sessionUpdate": "agent_message_chunk", "messageId": "m1", "_meta": {"b": [2]}, "content": content}}})
        };
        let said = update(json!({"type": "text", "text": "hello", "annotations": {"priority": 1}}));
        let kept = update(json!({"type": "text", "annotations": {"priority": 1}}));
        assert_eq!(without_text(Some(&said)), Some(kept));
        assert_eq!(without_text(Some(&json!("odd"))), Some(json!("odd")));
    }

    #[test]
    fn of_live_output_the_streams_and_lengths_are_kept() {
        let update = |a: Value, b: Value| {
            json!({"params": {"update": {"toolCallId": "c1", "_meta": {"x": true, "toolNotification": {
                "type": "live_output", "params": {"chunks": [
                    {"stream": "stdout", "output": a}, {"stream": "stderr", "output": b}]}}}}}})
        };
        let kept = update(json!(3), json!(5));
        assert_eq!(without_output(Some(&update(json!("ä\n"), json!("oops\n")))), Some(kept));
    }
}
