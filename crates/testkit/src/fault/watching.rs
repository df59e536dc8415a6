use super::Fault;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

type Chunks = stream::BoxStream<'static, io::Result<Bytes>>;

/// A watch's body with this fault in it. Every event that is lost is counted.
pub(super) fn spoilt(body: Chunks, fault: Fault, lost: Arc<AtomicUsize>) -> Chunks {
    match fault {
        Fault::HoldWatch => stream::pending().boxed(),
        Fault::LoseEvents { holding, count } => losing(body, holding, count, lost).boxed(),
        _ => body,
    }
}

/// Lines (one event each), without the next `count` that hold this text.
fn losing(
    body: Chunks,
    holding: String,
    count: usize,
    counter: Arc<AtomicUsize>,
) -> impl Stream<Item = io::Result<Bytes>> {
    let state = (body, BytesMut::new(), holding, count, counter);
    stream::unfold(state, |(mut body, mut rest, holding, mut count, counter)| async move {
        loop {
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = rest.split_to(end + 1).freeze();
                let lost = count > 0 && String::from_utf8_lossy(&line).contains(&holding);
                if !lost {
                    return Some((Ok(line), (body, rest, holding, count, counter)));
                }
                count -= 1;
                counter.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            match body.next().await? {
                Ok(chunk) => rest.extend_from_slice(&chunk),
                Err(error) => return Some((Err(error), (body, rest, holding, count, counter))),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn events_are_lost_whole_and_others_come_though_cut_anywhere() {
        let chunks = ["{\"a\":1}\n{\"b\"", ":2}\n{\"a\":3}\n", "{\"a\":4}\n"];
        let body = stream::iter(chunks.map(|chunk| Ok(Bytes::from(chunk)))).boxed();
        let fault = Fault::LoseEvents { holding: "\"a\"".into(), count: 2 };
        let lost = Arc::<AtomicUsize>::default();
        let left: Vec<_> = spoilt(body, fault, Arc::clone(&lost)).map(Result::unwrap).collect().await;
        assert_eq!(left, ["{\"b\":2}\n", "{\"a\":4}\n"]);
        assert_eq!(lost.load(Ordering::Relaxed), 2);
    }
}
