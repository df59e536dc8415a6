use super::Entered;
use crate::core::Core;
use futures_util::{SinkExt, StreamExt};
use gaggle_relay_protocol::{FromRelay, LONGEST_TEXT, Pass, WINDOW};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

/// A client that takes no byte for so long is gone.
const WRITE: Duration = Duration::from_secs(30);
/// How often a client is asked whether it is there.
const PING: Duration = Duration::from_secs(15);
/// So many pings without a sign of life and it is gone.
const MISSES: u32 = 3;

/// Carries texts between a client and the server until either hangs up.
pub(crate) async fn carry(core: &Core, upgraded: Upgraded, entered: Entered) {
    let Entered { client, mut from, credit } = entered;
    let config =
        WebSocketConfig::default().max_message_size(Some(LONGEST_TEXT)).max_frame_size(Some(LONGEST_TEXT));
    let io = TokioIo::new(upgraded);
    let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    let (mut to_client, mut from_client) = socket.split();
    let pass = |pass| core.reply(FromRelay::Pass(pass));
    pass(Pass::Open { client });
    let misses = AtomicU32::new(0);
    let hear = async {
        while let Some(Ok(message)) = from_client.next().await {
            misses.store(0, Ordering::Relaxed);
            match message {
                Message::Text(text) => {
                    let Ok(one) = credit.acquire().await else { return };
                    one.forget();
                    pass(Pass::Text { client, text: text.as_str().to_owned() });
                }
                Message::Close(_) => return,
                _ => {}
            }
        }
    };
    let say = async {
        let mut tick = interval_at(Instant::now() + PING, PING);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut taken = 0;
        loop {
            let message = tokio::select! {
                text = from.recv() => match text {
                    Some(text) => {
                        taken += 1;
                        Message::text(text)
                    }
                    None => break,
                },
                _ = tick.tick() => {
                    if misses.fetch_add(1, Ordering::Relaxed) >= MISSES {
                        return;
                    }
                    Message::Ping(Bytes::new())
                }
            };
            if within(to_client.send(message)).await.is_err() {
                return;
            }
            if taken as usize >= WINDOW / 2 {
                pass(Pass::Taken { client, count: taken });
                taken = 0;
            }
        }
        let farewell = CloseFrame { code: CloseCode::Away, reason: "".into() };
        drop(within(to_client.send(Message::Close(Some(farewell)))).await);
    };
    tokio::select! {
        () = hear => {}
        () = say => {}
    }
    core.tunnels.leave(client);
    pass(Pass::Close { client, reason: String::new() });
}

async fn within(write: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    timeout(WRITE, write).await.unwrap_or_else(|_| Err(Error::ConnectionClosed))
}
