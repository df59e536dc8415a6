use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

/// A part that could not be fetched: the server is away, or has another page by now. It may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lost;

#[cfg(feature = "split")]
impl From<wasm_split_helpers::SplitLoaderError> for Lost {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self
    }
}

/// Work on a part, which may have to be fetched first.
pub(super) type Work<T> = Pin<Box<dyn Future<Output = Result<T, Lost>>>>;

/// What came of the work, if nothing had to be waited for.
pub(super) fn at_once<T>(work: &mut Work<T>) -> Option<Result<T, Lost>> {
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}
