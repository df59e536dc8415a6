//! How many writes one address may send.

use super::super::{App, problem::ApiError};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gaggle_shared::Code;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Beyond so many addresses those that were quiet for long enough are forgotten.
const ADDRESSES: usize = 4096;

/// Where a connection comes from; put into each of its requests.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// A bucket per address that holds two seconds' worth of writes.
#[derive(Debug)]
pub struct Rate {
    per_second: u32,
    buckets: Mutex<HashMap<Option<IpAddr>, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Rate {
    /// So many writes a second and address; 0: no limit.
    pub fn new(per_second: u32) -> Self {
        Self { per_second, buckets: Mutex::default() }
    }

    /// Takes one write, or says after how long there is room again.
    fn take(&self, from: Option<IpAddr>, now: Instant) -> Result<(), Duration> {
        let (rate, full) = (f64::from(self.per_second), f64::from(self.per_second) * 2.0);
        if self.per_second == 0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ADDRESSES {
            buckets.retain(|_, bucket| now.duration_since(bucket.at) < Duration::from_secs(2));
        }
        let bucket = buckets.entry(from).or_insert(Bucket { left: full, at: now });
        bucket.left = (bucket.left + now.duration_since(bucket.at).as_secs_f64() * rate).min(full);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) / rate));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

/// Refuses writes of an address that sends too many: 429 with `Retry-After`.
pub async fn paced(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let from = request.extensions().get::<Peer>().map(|peer| peer.0);
    match if reads { Ok(()) } else { app.rate.take(from, Instant::now()) } {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            let seconds = wait.as_secs() + 1;
            let mut response = ApiError::new(Code::RateLimited, "this address sends too many writes")
                .hint(format!("try again in {seconds} s; GAGGLE_RATE_LIMIT sets the limit"))
                .into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let (rate, start) = (Rate::new(2), Instant::now());
        let [a, b] = [1, 2].map(|n| Some(IpAddr::from([127, 0, 0, n])));
        for _ in 0..4 {
            assert_eq!(rate.take(a, start), Ok(()));
        }
        assert_eq!(rate.take(a, start), Err(Duration::from_millis(500)));
        assert_eq!(rate.take(b, start), Ok(()), "another address has its own");
        assert_eq!(rate.take(a, start + Duration::from_millis(500)), Ok(()));
        assert!(rate.take(a, start + Duration::from_millis(500)).is_err());
        assert_eq!(Rate::new(0).take(a, start), Ok(()));
    }
}
