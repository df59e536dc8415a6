//! Which model agents are given, from the server's own variables.

mod provider;

use async_trait::async_trait;
use gaggle_core::port::{ModelAccess, ModelError, ModelGrant};
use gaggle_shared::{ProjectId, Settings, UserId};
use provider::{COMMON, PROVIDERS, Provider};
use std::{collections::BTreeMap, fmt};
use thiserror::Error;

/// The provider name that asks for the demo model.
const DEMO: &str = "demo";

/// A variable that cannot be used: one line for the start's end.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{variable}={value:?}: {allowed}")]
pub struct ModelConfigError {
    /// Its name.
    pub variable: String,
    /// Its value; never that of a key.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

/// [`ModelAccess`] from a map of variables: every project of every user is given the same keys.
#[derive(Clone)]
pub struct EnvModel {
    /// All that may be handed to agents.
    vars: BTreeMap<String, String>,
    /// True: `GAGGLE_AGENT_ENV` named them, and all are handed on; false: those of the provider are.
    named: bool,
    /// None: the demo model.
    base: Option<(String, String)>,
}

impl fmt::Debug for EnvModel {
    /// Leaves out the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.vars.keys().collect();
        f.debug_struct("EnvModel").field("vars", &names).field("base", &self.base).finish_non_exhaustive()
    }
}

impl EnvModel {
    /// Reads the variables of a server: `GAGGLE_AGENT_ENV` (names, separated by commas or spaces; else the
    /// well-known ones of each provider), `GOOSE_PROVIDER`, `GOOSE_MODEL`. Empty values count as unset.
    ///
    /// # Errors
    /// A name that cannot be one, or a provider whose model must be said and is not.
    pub fn from_vars(vars: &BTreeMap<String, String>) -> Result<Self, ModelConfigError> {
        let set = |name: &str| vars.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        let names = set("GAGGLE_AGENT_ENV").map(names).transpose()?;
        let named = names.is_some();
        let names = names.unwrap_or_else(well_known);
        let handed: BTreeMap<String, String> = names
            .into_iter()
            .filter_map(|name| set(&name).map(|value| (name.clone(), value.to_owned())))
            .collect();
        let provider = set("GOOSE_PROVIDER").map(str::to_owned);
        let provider = provider.or_else(|| inferred(&handed).map(|provider| provider.name.into()));
        let base = match provider {
            None => None,
            Some(name) if name == DEMO => None,
            Some(name) => {
                let model = set("GOOSE_MODEL").map(str::to_owned).or_else(|| default_model(&name));
                let Some(model) = model else {
                    let allowed = "GOOSE_MODEL must name a model of this provider".into();
                    return Err(ModelConfigError { variable: "GOOSE_PROVIDER".into(), value: name, allowed });
                };
                Some((name, model))
            }
        };
        Ok(Self { vars: handed, named, base })
    }

    /// The provider that agents get unless their project says otherwise; none: the demo model.
    pub fn provider(&self) -> Option<&str> {
        self.base.as_ref().map(|(provider, _)| provider.as_str())
    }

    /// Its model.
    pub fn model(&self) -> Option<&str> {
        self.base.as_ref().map(|(_, model)| model.as_str())
    }

    /// The grant for these settings.
    ///
    /// # Errors
    /// They name a provider whose key is not there.
    fn granted(&self, settings: &Settings) -> Result<ModelGrant, ModelError> {
        let demo = ModelGrant { env: BTreeMap::new(), demo: true };
        let base = self.base.as_ref();
        let Some(name) = settings.provider.as_deref().or(base.map(|(name, _)| name.as_str())) else {
            return Ok(demo);
        };
        if name == DEMO {
            return Ok(demo);
        }
        let same = base.filter(|(base, _)| base == name);
        if same.is_none() {
            self.configured(name)?;
        }
        let model = settings.model.clone().or_else(|| same.map(|(_, model)| model.clone()));
        let Some(model) = model.or_else(|| default_model(name)) else {
            let hint = "say which of its models in the project's settings".into();
            return Err(ModelError::NotConfigured { provider: name.into(), hint });
        };
        let mut env = self.of_provider(name);
        env.insert("GOOSE_PROVIDER".into(), name.into());
        env.insert("GOOSE_MODEL".into(), model);
        Ok(ModelGrant { env, demo: false })
    }

    fn configured(&self, name: &str) -> Result<(), ModelError> {
        let hint = match provider::of(name) {
            Some(provider) if self.vars.contains_key(provider.key) => return Ok(()),
            Some(provider) => format!("set {} where the server is started", provider.key),
            // One that we do not know: whoever named its variables knows what it needs.
            None if self.named => return Ok(()),
            None => "name its variables in GAGGLE_AGENT_ENV where the server is started".into(),
        };
        Err(ModelError::NotConfigured { provider: name.into(), hint })
    }

    /// What an agent of this provider needs, and no other provider's key.
    fn of_provider(&self, name: &str) -> BTreeMap<String, String> {
        let own = provider::of(name);
        let foreign =
            |variable: &str| PROVIDERS.iter().any(|other| other.name != name && other.has(variable));
        let needed = |variable: &str| match own {
            _ if self.named => true,
            Some(own) => own.has(variable) || COMMON.contains(&variable),
            None => !foreign(variable),
        };
        self.vars.iter().filter(|(name, _)| needed(name)).map(|(k, v)| (k.clone(), v.clone())).collect()
    }
}

#[async_trait]
impl ModelAccess for EnvModel {
    async fn grant(&self, _: &UserId, _: &ProjectId, settings: &Settings) -> Result<ModelGrant, ModelError> {
        self.granted(settings)
    }
}

fn names(list: &str) -> Result<Vec<String>, ModelConfigError> {
    let good = |name: &str| {
        name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    let split = list.split([',', ' ']).filter(|name| !name.is_empty());
    let check = |name: &str| match good(name) {
        true => Ok(name.to_owned()),
        false => Err(ModelConfigError {
            variable: "GAGGLE_AGENT_ENV".into(),
            value: list.into(),
            allowed: "names of variables, separated by commas".into(),
        }),
    };
    split.map(check).collect()
}

fn well_known() -> Vec<String> {
    let own = PROVIDERS.iter().flat_map(Provider::variables);
    own.chain(COMMON.iter().copied()).map(str::to_owned).collect()
}

fn inferred(vars: &BTreeMap<String, String>) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| vars.contains_key(provider.key))
}

fn default_model(name: &str) -> Option<String> {
    provider::of(name).map(|provider| provider.model.to_owned())
}

#[cfg(test)]
mod tests;
