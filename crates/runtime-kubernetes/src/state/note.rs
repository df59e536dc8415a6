use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;

/// A Kubernetes event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Of the event: the same one is counted up.
    pub uid: Box<str>,
    /// How often it happened.
    pub count: i32,
    /// The namespace of what it regards.
    pub namespace: Box<str>,
    /// The kind of what it regards.
    pub kind: Box<str>,
    /// The name of what it regards.
    pub name: Box<str>,
    /// In one word.
    pub reason: Box<str>,
    /// In many.
    pub message: Box<str>,
    /// `type` is `Warning`.
    pub warning: bool,
    /// When first.
    pub first: Option<Timestamp>,
    /// When last.
    pub last: Option<Timestamp>,
}

impl From<Event> for Note {
    fn from(event: Event) -> Self {
        let object = event.involved_object;
        // New-style events have `eventTime` and `series` in place of the rest.
        let began = event.event_time.map(|time| time.0);
        let series = event.series;
        let first = event.first_timestamp.map(|time| time.0).or(began);
        let again = series.as_ref().and_then(|series| series.last_observed_time.as_ref().map(|time| time.0));
        Self {
            uid: event.metadata.uid.unwrap_or_default().into(),
            count: event.count.or(series.and_then(|series| series.count)).unwrap_or(1),
            namespace: object.namespace.or(event.metadata.namespace).unwrap_or_default().into(),
            kind: object.kind.unwrap_or_default().into(),
            name: object.name.unwrap_or_default().into(),
            reason: event.reason.unwrap_or_default().into(),
            message: event.message.unwrap_or_default().trim().into(),
            warning: event.type_.as_deref() == Some("Warning"),
            first,
            last: event.last_timestamp.map(|time| time.0).or(again).or(first),
        }
    }
}
