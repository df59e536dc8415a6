//! Texts over a WebSocket, bounded in every direction.

use super::{QUEUE, Wire};
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

/// How often the client is asked whether it is there; what stands between lets no connection be quiet for long.
const PING: Duration = Duration::from_secs(15);
/// So many pings without a sign of life and it is gone.
const MISSES: u32 = 3;
/// A client that takes no byte for so long is gone.
const WRITE: Duration = Duration::from_secs(30);

/// The two ends for who serves the client, and what carries between them and the client until either is through.
pub(super) async fn carry<S>(stream: S, longest: usize) -> (Wire, impl Future<Output = ()> + Send)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let config = WebSocketConfig::default().max_message_size(Some(longest)).max_frame_size(Some(longest));
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let (heard, from) = mpsc::channel(QUEUE);
    let (to, said) = mpsc::channel(QUEUE);
    let carrying = async move {
        let (sink, stream) = socket.split();
        let alive = tokio::sync::Notify::new();
        tokio::select! {
            () = read(stream, heard, &alive) => {}
            () = write(sink, said, &alive) => {}
        }
    };
    (Wire { from, to }, carrying)
}

async fn read<S>(
    mut stream: SplitStream<WebSocketStream<S>>,
    heard: mpsc::Sender<String>,
    alive: &tokio::sync::Notify,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = stream.next().await {
        alive.notify_one();
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => return,
            _ => continue,
        };
        if heard.send(text.as_str().to_owned()).await.is_err() {
            // Nobody listens any more; the writer says so to the client.
            std::future::pending::<()>().await;
        }
    }
}

async fn write<S>(
    mut sink: SplitSink<WebSocketStream<S>, Message>,
    mut said: mpsc::Receiver<String>,
    alive: &tokio::sync::Notify,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut beat = interval_at(Instant::now() + PING, PING);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut misses = 0;
    loop {
        let message = tokio::select! {
            text = said.recv() => match text {
                Some(text) => Message::text(text),
                None => break,
            },
            () = alive.notified() => {
                misses = 0;
                continue;
            }
            _ = beat.tick() => {
                misses += 1;
                if misses > MISSES {
                    return;
                }
                Message::Ping(Vec::new().into())
            }
        };
        if !within(sink.feed(message)).await {
            return;
        }
        // What is there already goes out together.
        while let Ok(text) = said.try_recv() {
            if !within(sink.feed(Message::text(text))).await {
                return;
            }
        }
        if !within(sink.flush()).await {
            return;
        }
    }
    let farewell = CloseFrame { code: CloseCode::Away, reason: "".into() };
    within(sink.send(Message::Close(Some(farewell)))).await;
}

async fn within<E>(write: impl Future<Output = Result<(), E>>) -> bool {
    matches!(timeout(WRITE, write).await, Ok(Ok(())))
}
