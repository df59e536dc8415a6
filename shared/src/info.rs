use crate::{InstanceId, Mode, RuntimeKind, Span, Time, UserId};
use serde::{Deserialize, Serialize};

/// Where records live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StoreKind {
    /// One file.
    Embedded,
    /// MongoDB.
    Mongodb,
}

/// What keeps projects apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// Local processes: they run as you, on this computer.
    None,
    /// The policies in force and whether they were seen to be enforced.
    #[serde(untagged)]
    Policies {
        /// Names of policies.
        policies: Vec<String>,
        /// Whether network policies are enforced: what an agent's relay last found when it tried to reach what
        /// they forbid. Null: no relay has tried yet, or what it saw says nothing.
        #[serde(default)]
        enforced: Option<bool>,
        /// Since when every try has ended so; null as `enforced` is.
        #[serde(default)]
        since: Option<Time>,
    },
}

/// By hand: the derived one puts the fields of an untagged variant below its name.
#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Isolation {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{
            ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, SchemaFormat, SchemaType, Type,
        };
        let or_null = |kind: Type| SchemaType::from_iter([kind, Type::Null]);
        let none = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Local processes: they run as you, on this computer."))
            .enum_values(Some(["none"]));
        let policies = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("The policies in force and whether they were seen to be enforced."))
            .property(
                "policies",
                ArrayBuilder::new()
                    .items(ObjectBuilder::new().schema_type(Type::String))
                    .description(Some("Names of policies.")),
            )
            .required("policies")
            .property(
                "enforced",
                ObjectBuilder::new().schema_type(or_null(Type::Boolean)).description(Some(
                    "Whether network policies are enforced: what an agent's relay last found when it tried to reach \
                     what they forbid. Null: no relay has tried yet, or what it saw says nothing.",
                )),
            )
            .property(
                "since",
                ObjectBuilder::new()
                    .schema_type(or_null(Type::String))
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
                    .description(Some("Since when every try has ended so; null as `enforced` is.")),
            );
        OneOfBuilder::new().item(none).item(policies).description(Some("What keeps projects apart.")).into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Isolation {}

/// Whether an agent is kept from answering its own approvals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approvals {
    /// True: an agent reaches nothing where it could answer its own questions. False: it can reach this API, or nobody
    /// knows that it cannot, so that approvals only keep it from what it does not mean to do.
    pub boundary: bool,
    /// Why so, in one sentence for people.
    pub why: String,
}

/// `GET /api/info`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Info {
    /// Of Gaggle.
    pub version: String,
    /// Of this Gaggle with its store.
    pub instance: InstanceId,
    /// Where agents run.
    pub runtime: RuntimeKind,
    /// Where records live.
    pub store: StoreKind,
    /// Goose's provider name; null: the demo model.
    pub provider: Option<String>,
    /// The model's name.
    pub model: Option<String>,
    /// True while the demo model answers.
    pub demo: bool,
    /// What keeps projects apart.
    pub isolation: Isolation,
    /// Whether an agent is kept from answering its own approvals.
    pub approvals: Approvals,
    /// The host that agents run on, for people.
    pub host: String,
    /// What holds for a project that sets nothing itself.
    pub defaults: Defaults,
}

/// What a project gets where its own settings say nothing; null: not known, or without meaning in this runtime.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Defaults {
    /// What an agent may do without asking.
    pub mode: Option<Mode>,
    /// Asleep after so long without work; `0` = never.
    pub idle_timeout: Option<Span>,
    /// How long an approval waits.
    pub permission_timeout: Option<Span>,
    /// CPU of a pod: what it may use at most, a Kubernetes quantity.
    pub cpu: Option<String>,
    /// Memory of a pod, as `cpu`.
    pub memory: Option<String>,
    /// Room for its files, a Kubernetes quantity.
    pub storage: Option<String>,
}

/// `GET /api/me`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Caller {
    /// Null: nobody signed in; today that is everybody.
    pub user_id: Option<UserId>,
    /// What people read.
    pub name: String,
    /// `["*"]`: anything; otherwise of `read`, `manage`, `run`, `chat`, `arrange`, `approve`.
    pub may: Vec<String>,
}
