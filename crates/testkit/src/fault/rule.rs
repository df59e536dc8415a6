use hyper::Method;
use std::time::Duration;

/// Which calls go wrong, how, and how often.
#[derive(Debug, Clone)]
pub struct Rule {
    /// None: any.
    pub method: Option<Method>,
    /// What the path and query hold, such as `/deployments/`; empty: any.
    pub path: String,
    /// What.
    pub fault: Fault,
    /// For so many calls.
    pub times: usize,
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The call is made later.
    Delay(Duration),
    /// The call is not made; this is answered, as a `Status` of this reason.
    Answer {
        /// HTTP's.
        status: u16,
        /// Kubernetes', such as `Conflict` or `Expired`.
        reason: &'static str,
    },
    /// The call is not made; the connection is closed.
    Cut,
    /// The call is made; its answer is lost with the connection.
    AnswerLost,
    /// A watch begins and then says nothing more, without ending.
    HoldWatch,
    /// A watch's next events that hold this text are left out.
    LoseEvents {
        /// In the event's JSON; empty: any.
        holding: String,
        /// How many.
        count: usize,
    },
    /// A list is answered with what the same list said first: stale.
    OldList,
    /// What is read is told with another text in place of this one.
    Rewrite {
        /// As the API server writes it.
        this: &'static str,
        /// As the client reads it.
        other: &'static str,
    },
}

/// A call that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// HTTP's.
    pub method: Method,
    /// With its query.
    pub path: String,
}

impl Seen {
    /// Whether it changes something.
    pub fn writes(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD)
    }

    /// Whether it looks on for as long as it goes.
    pub(super) fn follows(&self) -> bool {
        self.watches() || self.path.contains("follow=true")
    }

    /// Whether it is a watch.
    pub fn watches(&self) -> bool {
        self.path.contains("watch=true") || self.path.contains("watch=1")
    }
}

impl Rule {
    /// So many calls with this in their path.
    pub fn new(path: impl Into<String>, fault: Fault, times: usize) -> Self {
        Self { method: None, path: path.into(), fault, times }
    }

    /// Of this method only.
    #[must_use]
    pub fn method(self, method: Method) -> Self {
        Self { method: Some(method), ..self }
    }

    pub(super) fn is_for(&self, seen: &Seen) -> bool {
        let fits = match self.fault {
            Fault::HoldWatch | Fault::LoseEvents { .. } => seen.watches(),
            Fault::OldList | Fault::Rewrite { .. } => seen.method == Method::GET && !seen.watches(),
            _ => true,
        };
        fits && self.method.as_ref().is_none_or(|method| *method == seen.method)
            && seen.path.contains(&self.path)
    }
}
